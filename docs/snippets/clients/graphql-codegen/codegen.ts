// GraphQL Code Generator: types from the schema, and a manifest of the app's documents.
// npm install --save-dev @graphql-codegen/cli @graphql-codegen/client-preset; npx graphql-codegen
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../schema.graphql', // or the address of a gateway that tells its schema
  documents: ['*.ts', '!codegen.ts'],
  generates: {
    './generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: {
        documentMode: 'string',
        enumsAsTypes: true,
        strictScalars: true,
        useTypeImports: true,
        scalars: {
          BigInt: 'number',
          Date: 'string',
          DateTime: 'string',
          JSON: 'unknown',
          URL: 'string',
          Upload: 'Blob',
          _Any: 'unknown', // Federation's
        },
      },
    },
  },
};

export default config;
