# A PostgreSQL of the run's own: a fresh cluster on a free port of the loopback, gone at the end. Sourced by run.

postgres_url=""
postgres_data=""
postgres_bin=""

postgres_programs() {
    ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1
}

# Servers refuse to run as root; the package makes a user for them.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start_postgres() {
    postgres_bin="$(postgres_programs)"
    if [ -z "$postgres_bin" ]; then
        install_package postgresql
        postgres_bin="$(postgres_programs)"
    fi
    local folder="$1" port password
    port="$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')"
    password="$(python3 -c 'import secrets; print(secrets.token_hex(16))')"
    chmod 755 "$folder"
    postgres_data="$folder/postgres"
    mkdir "$postgres_data"
    (umask 077 && printf '%s' "$password" >"$folder/password")
    if [ "$(id -u)" = 0 ]; then chown postgres "$postgres_data" "$folder/password"; fi
    as_postgres "$postgres_bin/initdb" --pgdata "$postgres_data" --username site --pwfile "$folder/password" \
        --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 --no-sync >/dev/null
    # Durability is not what is tested: the cluster lives for one run.
    as_postgres "$postgres_bin/pg_ctl" start --silent --wait --pgdata "$postgres_data" --log "$postgres_data/log" \
        --options "-p $port -k $postgres_data -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
    postgres_url="postgres://site:$password@127.0.0.1:$port/postgres"
    "$postgres_bin/postgres" --version
}

stop_postgres() {
    if [ -n "$postgres_data" ] && [ -e "$postgres_data/postmaster.pid" ]; then
        as_postgres "$postgres_bin/pg_ctl" stop --silent --mode immediate --pgdata "$postgres_data" || true
    fi
}
