const FRAME_END = /\r\n\r\n|\n\n|\r\r/;
const LINE_END = /\r\n|\n|\r/;

/**
 * The answers that a stream of events brings, until it completes (graphql-sse, distinct connections mode).
 * No generator: who stops listening does not wait for the next event, and the connection is closed at once.
 *
 * `onAnswer` gets each of them; `onLost` is called where the connection ends before the stream is complete.
 */
export function answers(response, { onAnswer, onLost }) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let over = false;

  async function end() {
    over = true;
    await reader.cancel().catch(() => undefined);
    return { value: undefined, done: true };
  }

  async function next() {
    while (!over) {
      const frameEnd = FRAME_END.exec(text);
      if (frameEnd) {
        const { event, data } = fieldsOf(text.slice(0, frameEnd.index));
        text = text.slice(frameEnd.index + frameEnd[0].length);
        if (event === 'next') {
          const value = JSON.parse(data);
          onAnswer(value);
          return { value, done: false };
        }
        if (event === 'complete') return end();
        continue;
      }
      const { value, done } = await reader.read().catch(() => ({ done: true }));
      if (done) {
        if (!over) onLost();
        return end();
      }
      text += value;
    }
    return { value: undefined, done: true };
  }

  const iterator = { next, return: end, [Symbol.asyncIterator]: () => iterator };
  return iterator;
}

/** {field: value} of a frame. Lines of one field are joined; a line that begins with a colon is a comment. */
function fieldsOf(frame) {
  const fields = {};
  for (const line of frame.split(LINE_END)) {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (name) fields[name] = name in fields ? `${fields[name]}\n${value}` : value;
  }
  return fields;
}
