"""HTTP/1.1 on asyncio and a parser in C: connections, their pool, and the transport above them."""
