"""Documents that are known by name: registered ones, and those that clients let the gateway remember."""
