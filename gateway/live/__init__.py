"""What happens, told to those who listen: the upstreams' logs, each polled once however many do."""
