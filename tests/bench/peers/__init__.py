"""What others do with the same work: put, take, finish, all of it durable. Each in its own file."""
