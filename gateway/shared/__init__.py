"""What replicas of the gateway share, in Valkey or Redis; while it is away each goes on by itself."""
