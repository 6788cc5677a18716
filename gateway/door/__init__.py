"""How clients come in: GraphQL over HTTP, health, the explorer."""
