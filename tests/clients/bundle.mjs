// Bundles a page as Vite and its kin do, with relay's tags compiled by babel-plugin-relay: node bundle.mjs ENTRY OUT
import { transformAsync } from '@babel/core';
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';

const [entry, out] = process.argv.slice(2);
const relay = {
  name: 'relay',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!text.includes('graphql`')) return { contents: text, loader: 'ts' };
      const compiled = await transformAsync(text, {
        filename: path,
        babelrc: false,
        configFile: false,
        plugins: [['relay', { eagerEsModules: true }]],
        presets: ['@babel/preset-typescript'],
      });
      return { contents: compiled.code, loader: 'js' };
    }),
};

await build({
  entryPoints: [entry],
  outfile: out,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  plugins: [relay],
  logLevel: 'warning',
});
