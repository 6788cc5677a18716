import { applyEdits, format } from 'jsonc-parser';

// In the place of prettier's JavaScript parser and printer (half a megabyte), which GraphiQL uses for JSON alone.
const LAYOUT = { insertSpaces: true, tabSize: 2 };

export const parsers = {
  jsonc: {
    astFormat: 'jsonc',
    parse: (text) => ({ text: applyEdits(text, format(text, undefined, LAYOUT)) }),
    locStart: () => 0,
    locEnd: ({ text }) => text.length,
  },
};

export const printers = { jsonc: { print: ({ node }) => node.text } };
