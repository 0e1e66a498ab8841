# Recipes for daily work. Each is one command, which also works without `just`.

# Runs every check, as CI does.
check:
    ./scripts/test

# Rewrites the files that tests compare: the schema and the list of settings.
bless:
    BLESS=1 cargo test --workspace

# Runs everything on this machine, against providers of its own.
demo:
    cargo run -- demo

# Measures over SQLite and PostgreSQL, and prints a table.
bench:
    ./scripts/bench
