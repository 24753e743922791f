import { messageOf, type Clock, type Ids, type Log } from '../kernel/index.ts';
import type { ServiceDefinition } from '../protocol/api/index.ts';
import { acmTables, sealedCertificates } from '../services/acm/index.ts';
import { Pattern } from '../services/ecs/index.ts';
import {
  ownedSecrets,
  secretsManagerService,
  secretsManagerTables,
  type OwnedSecrets,
} from '../services/secretsmanager/index.ts';
import { ssmService, ssmTables, type InstanceRoles } from '../services/ssm/index.ts';
import type { Database } from '../store/index.ts';
import { digests } from './instance-role-credentials.ts';
import { checkKeys, finishRotation } from './reseal.ts';
import type { SealingKeys } from './sealing-keys.ts';

/** What the services that seal values keep in the database. */
export const sealedTables = [...acmTables, ...secretsManagerTables, ...ssmTables] as const;

export interface SealedServices {
  readonly definitions: readonly ServiceDefinition[];
  /** For RDS, which keeps secrets for its users. */
  readonly databaseSecrets: OwnedSecrets;
  /** Seals all values with a new key and removes the old one. @returns how many values were sealed again */
  rotateKey(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * The services whose values are sealed at rest. A rotation of the key that an earlier run did not finish is finished in the background.
 * @throws Unavailable when values need a key that is not there
 */
export function startSealedServices(parts: {
  readonly database: Database;
  readonly sealingKeys: SealingKeys;
  readonly instanceRoles: InstanceRoles;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}): SealedServices {
  const { database: db, sealingKeys, clock, ids } = parts;
  const log = parts.log.with({ part: 'secrets' });
  const deps = { db, clock, ids, log, sealer: sealingKeys };
  const secrets = secretsManagerService(deps);
  const parameters = ssmService({
    ...deps,
    roles: parts.instanceRoles,
    digests,
    patterns: {
      read(text) {
        const pattern = new Pattern(text);
        return (value) => pattern.matches(value);
      },
    },
  });
  const values = [secrets.sealed, parameters.sealed, sealedCertificates(db, sealingKeys)];
  checkKeys(sealingKeys, values);
  secrets.start();
  parameters.start();
  let stopped = false;
  // One after the other: a rotation that is asked for twice makes two keys, and keeps the last.
  let working = finishRotation(sealingKeys, values, { log, isStopped: () => stopped });
  working.catch((error: unknown) => {
    log.error('values could not be sealed with the present key; the next start tries again', {
      error: messageOf(error),
    });
  });
  return {
    definitions: [secrets.definition, parameters.definition],
    databaseSecrets: ownedSecrets(deps, 'rds'),
    rotateKey() {
      working = working
        .catch(() => 0) // told above; the new attempt includes what it left
        .then(() => {
          sealingKeys.begin();
          return finishRotation(sealingKeys, values, { log, isStopped: () => stopped });
        });
      return working;
    },
    async stop() {
      stopped = true;
      secrets.stop();
      parameters.stop();
      await working.catch(() => 0); // told to who asked for it
    },
  };
}
