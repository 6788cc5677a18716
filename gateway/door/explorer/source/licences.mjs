// Which packages went into the bundle, and the licence text of each.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const LICENCE_FILE = /^(licen[cs]e(-\w+)?|copying|notice|thirdpartynotices)(\.(md|txt))?$/i;

// These packages ship no licence file; the named one, by the same owner and under the same licence, does.
const SAME_OWNER = {
  '@graphiql/plugin-doc-explorer': 'graphiql',
  '@graphiql/plugin-explorer': 'graphiql',
  '@graphiql/plugin-history': 'graphiql',
  'react-compiler-runtime': 'react',
  'react-remove-scroll-bar': 'react-remove-scroll',
};

// Parts that are copied into a package, with what the package's own files do not say of them.
const WITHIN = {
  'monaco-editor': [
    'Contains DOMPurify (c) Cure53 and other contributors, released under the Apache License 2.0 and the Mozilla',
    'Public License 2.0; the text of the former stands below. Contains the Codicons font (c) Microsoft Corporation,',
    'licensed under the Creative Commons Attribution 4.0 International licence.',
  ].join('\n'),
};

function packageOf(path) {
  const inside = path.lastIndexOf('node_modules/');
  if (inside < 0) return undefined;
  const [scope, name] = path.slice(inside + 'node_modules/'.length).split('/');
  return path.slice(0, inside) + 'node_modules/' + (scope.startsWith('@') ? `${scope}/${name}` : scope);
}

async function textsIn(folder) {
  const names = (await readdir(folder)).filter((name) => LICENCE_FILE.test(name)).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

/** {packages: {name: version}, text}: for the files `inputs` (paths under `root`) that ended in the bundle. */
export async function licences(root, inputs) {
  const folders = [...new Set(inputs.map(packageOf).filter(Boolean))];
  const parts = await Promise.all(
    folders.map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
      let texts = await textsIn(join(root, folder));
      if (texts.length === 0 && name in SAME_OWNER) {
        texts = await textsIn(join(root, 'node_modules', SAME_OWNER[name]));
      }
      if (texts.length === 0) throw new Error(`No licence text for ${name} (${license}): name its source in licences.mjs.`);
      const title = `${name} ${version} (${license})`;
      const body = [WITHIN[name], ...texts].filter(Boolean).map((text) => text.replaceAll('\r\n', '\n').trim());
      return { name, version, section: [title, '='.repeat(title.length), '', body.join('\n\n')].join('\n') };
    }),
  );
  parts.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));
  const packages = {};
  for (const { name, version } of parts) packages[name] = packages[name] ? `${packages[name]}, ${version}` : version;
  const head = 'The explorer in this folder is built from these packages. Each is used under its own licence, given here.';
  return { packages, text: `${head}\n\n\n${parts.map(({ section }) => section).join('\n\n\n')}\n` };
}
