/** Starts PostgreSQL with the official image's variables: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, PGDATA. Any other command runs as it is. */
export const postgresEntryPoint = `#!/bin/bash
set -eu
if [ "\${1:-}" != postgres ]; then
  exec "$@"
fi
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres:postgres {} +
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --clear-groups --inh-caps=-all "$0" "$@"
fi
user="\${POSTGRES_USER:-postgres}"
database="\${POSTGRES_DB:-$user}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "\${POSTGRES_PASSWORD:-}" ]; then
    echo "postgres: POSTGRES_PASSWORD must be given for a new database" >&2
    exit 1
  fi
  initdb --username="$user" --pwfile=<(printf '%s\\n' "$POSTGRES_PASSWORD") --encoding=UTF8
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  if [ "$database" != postgres ]; then
    pg_ctl --wait --options "-c listen_addresses=''" start
    psql -X -q -v ON_ERROR_STOP=1 --username "$user" --dbname postgres --set "name=$database" <<< 'CREATE DATABASE :"name";'
    pg_ctl --wait --mode fast stop
  fi
fi
unset POSTGRES_PASSWORD
exec "$@"
`;
