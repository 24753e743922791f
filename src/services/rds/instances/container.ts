import { stopTimeoutSeconds } from '../limits.ts';
import type { DatabaseTask } from '../ports.ts';
import { taskFamily, type DBInstanceRecord } from '../records/db-instance.ts';
import { instanceClass } from './classes.ts';

const cpuUnitsPerCore = 1_024;
const mebibytesPerGibibyte = 1_024;
/** Of one whose class has no processor of its own. */
const burstableCpuUnits = 256;
/** The database's directory inside its container. */
const directory = '/rds';
/** What `createdb` makes when nobody names a database. */
const defaultDatabase = 'postgres';

/**
 * The first process of a database's container: starts PostgreSQL as its image does, gives the master user the password that was said last (as
 * PostgreSQL keeps it, so the plain one never comes here), and says when that is done. Works with the conventions of the official image.
 * https://hub.docker.com/_/postgres
 */
const script = `set -u
if [ "$(cat ${directory}/id 2>/dev/null)" != "$RDS_RESOURCE_ID" ]; then
  echo "rds: the data of $RDS_RESOURCE_ID is not on this machine: the directory of --rds-directory must be the same on all" >&2
  exit 78
fi
rm -f ${directory}/state/ready
# What a start that was cut short left of a new database is no database.
[ -e ${directory}/state/initialised ] || find ${directory}/data -mindepth 1 -delete
docker-entrypoint.sh postgres -p "$RDS_PORT" -c "listen_addresses=*" &
server=$!
trap 'kill -INT "$server" 2>/dev/null' TERM INT
given=
while kill -0 "$server" 2>/dev/null; do
  wanted=$(cat ${directory}/control/password 2>/dev/null)
  if [ -n "$wanted" ] && [ "$wanted" != "$given" ] && pg_isready -q -h 127.0.0.1 -p "$RDS_PORT" -U "$POSTGRES_USER" -d ${defaultDatabase}; then
    if psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$RDS_PORT" -U "$POSTGRES_USER" -d ${defaultDatabase} \\
        -c "ALTER ROLE \\"$POSTGRES_USER\\" PASSWORD '\${wanted#* }'" >/dev/null; then
      given=$wanted
      touch ${directory}/state/initialised
      echo "$RDS_BOOT \${wanted%% *}" > ${directory}/state/ready.new
      mv ${directory}/state/ready.new ${directory}/state/ready
    fi
  fi
  sleep 0.5 &
  wait $!
done
wait "$server"
`;

/** The task for a database as it is to run now. */
export function databaseTask(row: DBInstanceRecord, boot: number, sourcePath: string): DatabaseTask {
  const { cpus, memoryGiB, burstable } = instanceClass(row.instanceClass);
  const cpuUnits = cpus * cpuUnitsPerCore;
  return {
    region: row.region,
    family: taskFamily(row),
    revision: boot,
    image: row.image,
    entryPoint: ['bash', '-c'],
    command: [script],
    environment: {
      POSTGRES_USER: row.masterUsername,
      POSTGRES_PASSWORD: row.password.verifier,
      POSTGRES_DB: row.dbName ?? defaultDatabase,
      PGDATA: `${directory}/data`,
      RDS_RESOURCE_ID: row.resourceId,
      RDS_BOOT: String(boot),
      RDS_PORT: String(row.port),
    },
    mount: { sourcePath, containerPath: directory },
    stopTimeoutSeconds,
    port: row.port,
    cpuUnits,
    memoryMiB: memoryGiB * mebibytesPerGibibyte,
    reservedCpuUnits: burstable ? burstableCpuUnits : cpuUnits,
    interface: row.interface,
  };
}
