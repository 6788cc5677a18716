"""What operators see of the gateway: metrics, a log line and spans per operation."""
