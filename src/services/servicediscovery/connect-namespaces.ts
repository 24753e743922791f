import { Conflict, NotFound } from '../../kernel/index.ts';
import type { Database, Transaction } from '../../store/index.ts';
import type { ServiceDiscoveryDeps } from './core.ts';
import { maxNamespaces, maxServicesPerNamespace } from './limits.ts';
import { newNamespaceId, newServiceId } from './new-ids.ts';
import type { ConnectNamespaces, NamespaceFacts } from './offers.ts';
import { recordOperation } from './operation-log.ts';
import { instances } from './records/instance.ts';
import {
  namespaceArn,
  namespaceKey,
  namespaceName,
  namespaces,
  takenNameKey,
  takenNames,
  type NamespaceRecord,
} from './records/namespace.ts';
import { scopeText, type Scope } from './records/scope.ts';
import { parseResourceArn, serviceArn, serviceKey, services } from './records/service.ts';

const managed = [{ key: 'AmazonECSManaged', value: 'true' }] as const;
/** How the API calls the place of HTTP namespaces' names. */
const http = 'http';

/** Namespaces and their endpoints for ECS's Service Connect, which manages them by itself. */
export function connectNamespaces(deps: ServiceDiscoveryDeps): ConnectNamespaces {
  const { db, ids, clock } = deps;
  return {
    find(scope, nameOrArn) {
      const named = parseResourceArn(nameOrArn);
      if (named === undefined) return factsOf(byName(db, scope, nameOrArn));
      const own = named.scope.account === scope.account && named.scope.region === scope.region;
      return own ? factsOf(db.get(namespaces, namespaceKey(scope, named.id))?.row) : undefined;
    },
    ensure(tx, scope, name) {
      const taken = tx.get(takenNames, takenNameKey(scope, http, name));
      const present = taken && tx.get(namespaces, namespaceKey(scope, taken.id));
      if (present !== undefined) return { arn: namespaceArn(present), name: present.name };
      if (db.table(namespaces).count('scope', scopeText(scope)) >= maxNamespaces)
        throw new Conflict(`An account can have at most ${maxNamespaces} namespaces in a Region.`);
      const id = newNamespaceId(ids);
      const operationId = recordOperation(tx, deps, scope, { type: 'CREATE_NAMESPACE', targets: { NAMESPACE: id } });
      const row: NamespaceRecord = {
        ...scope,
        id,
        name,
        fingerprint: '',
        operationId,
        services: 0,
        tags: managed,
        createdAtMs: clock.nowMs(),
      };
      tx.create(takenNames, takenNameKey(scope, http, name), { id });
      tx.create(namespaces, namespaceKey(scope, id), row);
      return { arn: namespaceArn(row), name };
    },
    createService(tx, scope, arn, name) {
      const named = parseResourceArn(arn);
      const namespace = named && tx.get(namespaces, namespaceKey(scope, named.id));
      if (namespace === undefined) throw new NotFound(`The namespace ${arn} does not exist`);
      const nameKey = takenNameKey(scope, namespace.id, name);
      if (tx.get(takenNames, nameKey) !== undefined)
        throw new Conflict(`The namespace ${namespace.name} already has a service with the name ${name}.`);
      if (namespace.services >= maxServicesPerNamespace)
        throw new Conflict(`A namespace can have at most ${maxServicesPerNamespace} services.`);
      const id = newServiceId(ids);
      tx.create(takenNames, nameKey, { id });
      tx.create(services, serviceKey(scope, id), {
        ...scope,
        id,
        name,
        namespaceId: namespace.id,
        customHealth: false,
        fingerprint: '',
        attributes: {},
        tags: managed,
        createdAtMs: clock.nowMs(),
      });
      tx.put(namespaces, namespaceKey(scope, namespace.id), { ...namespace, services: namespace.services + 1 });
      return serviceArn({ ...scope, id });
    },
    removeService: (tx, scope, arn) => removeService(tx, db, scope, arn),
  };
}

function factsOf(row: NamespaceRecord | undefined): NamespaceFacts | undefined {
  return row && { arn: namespaceArn(row), name: row.name };
}

/** An HTTP namespace before one with names, of those the oldest. */
function byName(db: Database, scope: Scope, name: string): NamespaceRecord | undefined {
  const table = db.table(namespaces);
  const rows = [...table.keys('name', namespaceName(scope, name))].flatMap((key) => table.get(key)?.row ?? []);
  const dns = ({ zone }: NamespaceRecord): number => (zone === undefined ? 0 : 1);
  return rows.toSorted((a, b) => dns(a) - dns(b) || a.createdAtMs - b.createdAtMs)[0];
}

function removeService(tx: Transaction, db: Database, scope: Scope, arn: string): boolean {
  const id = parseResourceArn(arn)?.id ?? '';
  const key = serviceKey(scope, id);
  const row = tx.get(services, key);
  if (row === undefined) return true;
  if (db.table(instances).count('service', id) > 0) return false;
  const namespace = tx.get(namespaces, namespaceKey(scope, row.namespaceId));
  tx.delete(services, key);
  tx.delete(takenNames, takenNameKey(scope, row.namespaceId, row.name));
  if (namespace !== undefined)
    tx.put(namespaces, namespaceKey(scope, namespace.id), { ...namespace, services: namespace.services - 1 });
  return true;
}
