import { ApiError, type RequestContext } from '../../../protocol/api/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { present, scopeOf, type Input, type SdHandler, type ServiceDiscoveryDeps } from '../core.ts';
import { invalidInput, limitExceeded, namespaceNotFound } from '../errors.ts';
import { maxNamespaces } from '../limits.ts';
import { newHostedZoneId, newNamespaceId } from '../new-ids.ts';
import { recordOperation } from '../operation-log.ts';
import {
  namespaceKey,
  namespaces,
  takenNameKey,
  takenNames,
  type NamespaceRecord,
  type PrivateZone,
} from '../records/namespace.ts';
import { scopeText } from '../records/scope.ts';
import { addedTags } from '../tags.ts';

const defaultSoaTtl = 60;
/** A label of a domain name. */
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateHttpNamespace.html */
export function createHttpNamespace(deps: ServiceDiscoveryDeps): SdHandler<'CreateHttpNamespace'> {
  return async (input, context) => ({
    OperationId: await created(deps, context, { input, within: 'http', print: print(input) }),
  });
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html */
export function createPrivateDnsNamespace(deps: ServiceDiscoveryDeps): SdHandler<'CreatePrivateDnsNamespace'> {
  return async (input, context) => {
    const { Name: name, Vpc: vpcId, Properties: properties } = input;
    if (!name.split('.').every((part) => label.test(part)))
      throw invalidInput(
        `The name '${name}' is not valid: a DNS namespace has the name of a domain, such as example.local`,
      );
    if (deps.vpcs.cidrs(scopeOf(context), vpcId) === undefined)
      throw invalidInput(`The VPC '${vpcId}' does not exist in ${context.region}`);
    const zone: PrivateZone = {
      vpcId,
      hostedZoneId: newHostedZoneId(deps.ids),
      soaTtl: properties?.DnsProperties.SOA.TTL ?? defaultSoaTtl,
    };
    return {
      OperationId: await created(deps, context, {
        input,
        within: vpcId,
        zone,
        print: print(input, vpcId, zone.soaTtl),
      }),
    };
  };
}

type Asked = Input<'CreateHttpNamespace'>;

function print({ Name: name, Description: description = '' }: Asked, ...more: readonly unknown[]): string {
  return JSON.stringify([name, description, ...more]);
}

interface Creation {
  readonly input: Asked;
  /** Where the name must be its only one. */
  readonly within: string;
  readonly zone?: PrivateZone;
  readonly print: string;
}

/** The same request again answers with the operation of the first. @returns the operation's id */
async function created(deps: ServiceDiscoveryDeps, context: RequestContext, asked: Creation): Promise<string> {
  const { input, within, zone } = asked;
  const scope = scopeOf(context);
  const tags = addedTags([], input.Tags);
  const { result } = await deps.db.transact((tx) => {
    const name = takenNameKey(scope, within, input.Name);
    const taken = tx.get(takenNames, name);
    if (taken !== undefined) return repeated(tx.get(namespaces, namespaceKey(scope, taken.id)), taken.id, asked);
    if (deps.db.table(namespaces).count('scope', scopeText(scope)) >= maxNamespaces)
      throw limitExceeded(`An account can have at most ${maxNamespaces} namespaces in a Region.`);
    const id = newNamespaceId(deps.ids);
    const operationId = recordOperation(tx, deps, scope, { type: 'CREATE_NAMESPACE', targets: { NAMESPACE: id } });
    tx.create(takenNames, name, { id });
    createRow(tx, {
      ...scope,
      id,
      name: input.Name,
      fingerprint: asked.print,
      operationId,
      services: 0,
      tags,
      createdAtMs: deps.clock.nowMs(),
      ...present({ zone, description: input.Description, creatorRequestId: input.CreatorRequestId }),
    });
    return operationId;
  });
  return result;
}

function createRow(tx: Transaction, row: NamespaceRecord): void {
  tx.create(namespaces, namespaceKey(row, row.id), row);
}

function repeated(row: NamespaceRecord | undefined, id: string, { input, print: wanted }: Creation): string {
  if (row === undefined) throw namespaceNotFound(id);
  const same = input.CreatorRequestId !== undefined && row.creatorRequestId === input.CreatorRequestId;
  if (same && row.fingerprint === wanted) return row.operationId;
  throw new ApiError('NamespaceAlreadyExists', `A namespace with the name ${row.name} already exists.`, {
    members: present({ CreatorRequestId: row.creatorRequestId, NamespaceId: row.id }),
  });
}
