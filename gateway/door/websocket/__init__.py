"""GraphQL over WebSocket: the subprotocol `graphql-transport-ws`."""
