// Subscriptions in the explorer: one of the running gateway, and streams of bytes that are told here.
import { recorded, same, told } from './calls.mjs';
import { explorer, notice, setText, settle, tab, textOf } from './editors.mjs';
import { check, shot, until } from './watched.mjs';

const INVITE = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { userErrors { message } } }';
const invite = (page, email) =>
  page.evaluate(
    async ([query, input]) => {
      const headers = {
        accept: 'application/graphql-response+json, application/json, text/event-stream',
        'content-type': 'application/json',
        'GraphQL-Preflight': '1',
      };
      await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables: { input } }) });
    },
    [INVITE, { organizationId: 'acme', upstream: 'CLICKHOUSE', email, role: 'VIEWER' }],
  );

export async function streamClaims() {
  const page = await explorer('light');
  const panel = page.getByRole('region', { name: 'Upstream calls' });
  const execute = page.getByRole('button', { name: /Execute query/ });
  const stop = page.getByRole('button', { name: /Stop query/ });
  const answer = () => textOf(page, 'response.json');
  await page.getByRole('button', { name: 'Show Upstream calls' }).click();

  await check('a subscription shows what happens when it happens, until it is stopped', async () => {
    await tab(page, 'Organizations').click();
    await settle(page);
    await execute.click();
    await panel.locator('.waterfall').waitFor();
    await tab(page, 'ActivityAdded').click();
    await settle(page);
    await execute.click();
    await stop.waitFor();
    await panel.getByText(/^ActivityAdded, begun at .* No calls of its own/).waitFor();
    const drawn = await panel.locator('.waterfall').count();
    const ended = page.waitForEvent('requestfailed', (request) => request.postData()?.includes('ActivityAdded'));
    await page.waitForTimeout(1500);
    await invite(page, 'kim@acme.example');
    await until(async () => (await answer()).includes('organization_invite_create'));
    await panel.getByText(/^ActivityAdded, last event at .* No calls of its own/).waitFor();
    await shot(page, '35-subscription');
    const { data, errors } = JSON.parse(await answer());
    await stop.click();
    await execute.waitFor();
    await ended; // the connection, too
    return same([drawn, data.activityAdded.upstream, errors ?? []], [0, 'CLICKHOUSE', []]);
  });

  await check('a subscription ends when another tab is shown, be it new', async () => {
    await execute.click();
    await stop.waitFor();
    const ended = page.waitForEvent('requestfailed', (request) => request.postData()?.includes('ActivityAdded'));
    await page.getByRole('button', { name: 'New tab' }).click();
    await ended;
    await execute.waitFor();
  });

  const stream = (body) =>
    page.route('**/graphql', (route) => route.fulfill({ contentType: 'text/event-stream; charset=utf-8', body }));
  const follow = async (body, last) => {
    await stream(body);
    await setText(page, 'operation.graphql', 'subscription S { activityAdded(organizationId: "acme") { action } }');
    await settle(page);
    await execute.click();
    await until(async () => (await answer()).includes(last));
    await execute.waitFor();
    await page.unroute('**/graphql');
  };

  await check('where an event took calls of its own, the panel shows them', async () => {
    const extensions = { trace: { durationMs: 12, upstreamCalls: 1, waves: 1, calls: [recorded.calls[0]] } };
    await follow(`event: next\ndata: ${JSON.stringify({ data: { a: 'traced' }, extensions })}\n\nevent: complete\n\n`, 'traced');
    await panel.getByText(/^S, last event at [^.]*$/).waitFor();
    return same((await told(panel)).map(([, upstream]) => upstream), [recorded.calls[0].upstream]);
  });

  await check('comments, ids, line ends of any kind and data in several lines are read', async () => {
    await follow(
      ':\n\nevent:next\ndata:{"data": {"a": "first"}}\n\n: hello\r\n\r\nevent: next\r\nid: 1\r\ndata: {"data":\r\n' +
        'data: {"a": "zwölf: 12"}}\r\n\r\nevent: complete\rdata:\r\revent: next\ndata: {"data": 1}\n\n',
      'zwölf: 12',
    );
    return same([JSON.parse(await answer()), await notice(page).isVisible()], [{ data: { a: 'zwölf: 12' } }, false]);
  });

  await check('a connection that ends before the stream is complete is told, and the last event stays', async () => {
    await follow('event: next\ndata: {"data": {"a": "last"}}\n\nevent: ne', 'last');
    await notice(page).getByText('The connection was lost').waitFor();
    await shot(page, '36-subscription-lost');
    return same(JSON.parse(await answer()), { data: { a: 'last' } });
  });
}
