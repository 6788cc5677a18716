// Builds ../static, ../manifest.json and ../LICENSES.txt from src/ and the packages that package-lock.json names.
import { build, transform } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { licences } from './licences.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const explorer = join(here, '..');
const out = join(explorer, 'static');

// [what is imported, by whom, what takes its place]
const replacements = [
  [/^(monaco-graphql\/esm|\.)\/monaco-editor(\.js)?$/, /monaco-graphql|@graphiql/, 'src/monaco.js'],
  [/\/(diffEditor|multiDiffEditor)Widget\.js$/, /standalone\/browser/, 'src/no-diff-editor.js'],
  [/^prettier\/(plugins\/estree|parser-babel)$/, /@graphiql/, 'src/prettier-jsonc.js'],
  [/\/image-preview\.js$/, /@graphiql/, 'src/image-preview.js'],
];
const ownModules = {
  name: 'own-modules',
  setup({ onLoad, onResolve }) {
    for (const [filter, importer, path] of replacements) {
      onResolve({ filter }, (wanted) => (importer.test(wanted.importer) ? { path: join(here, path) } : undefined));
    }
    // GraphiQL names its icons, for screen readers, after the functions that draw them: minifying must not rename these.
    onLoad({ filter: /@graphiql\/react\/dist\/icons\/[\w-]+\.js$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { keepNames: true, format: 'esm' });
      return { contents: code, loader: 'js' };
    });
  },
};

const page = 'src/main.jsx';
const workers = {
  editor: 'node_modules/monaco-editor/esm/vs/editor/editor.worker.js',
  graphql: 'node_modules/monaco-graphql/esm/graphql.worker.js',
  json: 'node_modules/monaco-editor/esm/vs/language/json/json.worker.js',
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: [page, ...Object.entries(workers).map(([name, path]) => ({ in: path, out: `${name}.worker` }))],
  outdir: out,
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  target: ['chrome111', 'firefox115', 'safari16.4'],
  charset: 'utf8',
  legalComments: 'none', // LICENSES.txt has them whole
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.ttf': 'file', '.woff2': 'file', '.svg': 'file' },
  alias: { 'prettier/parser-graphql': 'prettier/plugins/graphql' }, // the former loses its exports when it is bundled
  plugins: [ownModules],
  metafile: true,
  logLevel: 'warning',
});

/** [path, output] of an entry point. */
function outputOf(entry) {
  return Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entry);
}

/** The chunks that an output needs at once, so that the browser can fetch them side by side. */
function chunksOf({ imports }, seen = new Set()) {
  for (const { path, kind } of imports) {
    if (kind !== 'import-statement' || seen.has(path)) continue;
    seen.add(path);
    chunksOf(metafile.outputs[path], seen);
  }
  return seen;
}

async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

async function sha256(path) {
  return createHash('sha256').update(await readFile(path)).digest('hex');
}

/** {path under `folder`: sha256}, sorted by path. */
async function digests(folder, paths) {
  const names = paths.map((path) => relative(folder, path).split(sep).join('/')).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await sha256(join(folder, name))])));
}

const [script, main] = outputOf(page);
const style = basename(main.cssBundle);
for (const path of await filesIn(out)) {
  // Modules that are imported dynamically get a style sheet of their own, whose rules are all in the page's.
  if (path.endsWith('.css') && basename(path) !== style) await rm(path);
}

const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) =>
  Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0),
);
const { packages, text } = await licences(here, bundled);
await writeFile(join(explorer, 'LICENSES.txt'), text);

const built = await filesIn(out);
const scripts = ['.npmrc', 'build.mjs', 'licences.mjs', 'package-lock.json', 'package.json', 'relock.mjs'];
const sources = scripts.map((name) => join(here, name));
const shared = [...new Set(bundled.filter((path) => path.startsWith('../')))].map((path) => join(here, path));
const manifest = {
  packages,
  script: basename(script),
  chunks: [...chunksOf(main)].map((path) => basename(path)).sort(),
  style,
  icon: basename(built.find((path) => /^icon-\w+\.svg$/.test(basename(path)))),
  workers: Object.fromEntries(Object.entries(workers).map(([name, path]) => [name, basename(outputOf(path)[0])])),
  licences: await sha256(join(explorer, 'LICENSES.txt')),
  static: await digests(out, built),
  source: await digests(here, [...sources, ...shared, ...(await filesIn(join(here, 'src')))]),
};
await writeFile(join(explorer, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
if (process.env.METAFILE) await writeFile(process.env.METAFILE, JSON.stringify(metafile));
const sizes = await Promise.all(built.map(async (path) => (await stat(path)).size));
const bytes = sizes.reduce((sum, size) => sum + size, 0);
console.log(`${built.length} files, ${(bytes / 1e6).toFixed(1)} MB, ${Object.keys(packages).length} packages`);
