"""One upstream's HTTP: a chain of steps, each one method wide, from a `Call` to an `Answer`."""
