// The rules that Relay's clients rely on, and those that keep a schema tidy; what is not taken says why.
import graphql from '@graphql-eslint/eslint-plugin';

const recommended = graphql.configs['flat/schema-recommended'].rules;
const [level, naming] = recommended['@graphql-eslint/naming-convention'];
const federated = { ignorePattern: '^_' }; // Federation's own names: _entities, _service, _Any, _Entity, _Service

export default [
  {
    files: ['schema.graphql'],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: './schema.graphql' } } },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...recommended,
      ...graphql.configs['flat/schema-relay'].rules,

      // Relay asks for edges, and does not forbid other lists: `nodes` is the shorter way to the same items.
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],

      '@graphql-eslint/naming-convention': [
        level,
        {
          ...naming,
          allowLeadingUnderscore: true,
          types: { style: 'PascalCase', ...federated },
          FieldDefinition: { style: 'camelCase', ...federated },
        },
      ],

      // Only what `node` can find has an id; the rest is a part of it, such as a page, a count or a payload.
      '@graphql-eslint/strict-id-in-types': 'off',

      // Without DirectiveDefinition: @oneOf has no description, and is GraphQL's own.
      '@graphql-eslint/require-description': [
        'error',
        { types: true, rootField: true, FieldDefinition: true, EnumValueDefinition: true },
      ],
    },
  },
];
