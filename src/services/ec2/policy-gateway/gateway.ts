import type { Clock, Log } from '../../../kernel/index.ts';
import { messageOf, parseArn } from '../../../kernel/index.ts';
import { networkSigningName, networkSocketPath, type Underlay } from '../../../network-protocol/index.ts';
import {
  ApiError,
  conditionValues,
  type RequestContext,
  type Socket,
  type SocketRoute,
} from '../../../protocol/api/index.ts';
import type { RowChange } from '../../../store/index.ts';
import { Networks } from '../networks.ts';
import type { PlacedOn } from '../ports.ts';
import { internetGateways } from '../records/internet-gateway.ts';
import { natGateways } from '../records/nat-gateway.ts';
import { networkAcls, type NetworkAclRecord } from '../records/network-acl.ts';
import { networkInterfaces, type NetworkInterfaceRecord } from '../records/network-interface.ts';
import { nodeMachineKey, nodeMachines } from '../records/node-machine.ts';
import type { NetworkTable } from '../records/network-table.ts';
import { prefixLists } from '../records/prefix-list.ts';
import { routeTables } from '../records/route-table.ts';
import { platformAccount, type NetworkThing } from '../records/scope.ts';
import { securityGroups } from '../records/security-group.ts';
import { subnets } from '../records/subnet.ts';
import { vpcs } from '../records/vpc.ts';
import { GroupMembersIndex, memberChanges } from './group-members.ts';
import { policyLimits } from './limits.ts';
import { PlacementsIndex, type PlacementsDeps } from './placements.ts';
import { PolicySession } from './session.ts';
import { Watchers } from './watchers.ts';

export interface PolicyGatewayDeps extends PlacementsDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** Tables whose rows stand in policies as they are. */
const plainTables: readonly NetworkTable<NetworkThing>[] = [prefixLists, securityGroups, subnets, vpcs].map(
  (table) => table as unknown as NetworkTable<NetworkThing>,
);

/**
 * The door of those who wire network interfaces: agents and balancers. Each says which interfaces it has and is told what may pass there. What it is told
 * follows the tables, so nothing has to tell the gateway.
 */
export class PolicyGateway {
  readonly #deps: PolicyGatewayDeps;
  readonly #sessions = new Set<PolicySession>();
  /** By everything that their pictures are made of. */
  readonly #watchers = new Watchers<PolicySession>();
  readonly #members: GroupMembersIndex;
  readonly #placements: PlacementsIndex;
  #unfollow: readonly (() => void)[] = [];

  constructor(deps: PolicyGatewayDeps) {
    this.#deps = deps;
    this.#members = new GroupMembersIndex(deps.database);
    this.#placements = new PlacementsIndex(deps);
  }

  readonly routes: readonly SocketRoute[] = [
    {
      path: networkSocketPath,
      signingName: networkSigningName,
      accept: (query, context) => this.#accept(query, context),
    },
  ];

  start(): void {
    const { database } = this.#deps;
    this.#unfollow = [
      this.#placements.start((vpcId, address) => {
        for (const session of this.#watchers.of(vpcId)) session.placementChanged(vpcId, address);
      }),
      database.table(networkInterfaces).onChange((change) => this.#interfaceChanged(change)),
      database.table(routeTables).onChange((change) => this.#routesChanged(change)),
      database.table(internetGateways).onChange((change) => this.#routesChanged(change)),
      database.table(natGateways).onChange((change) => this.#routesChanged(change)),
      database.table(networkAcls).onChange((change) => this.#aclChanged(change)),
      ...plainTables.map((table) =>
        database.table(table).onChange(({ before, after }) => this.#changed((after ?? before)?.id)),
      ),
    ];
  }

  stop(): void {
    for (const unfollow of this.#unfollow) unfollow();
    for (const session of this.#sessions) session.close(1001, 'the control plane stops');
  }

  /** The machine that an address of a VPC is on, as far as other machines reach it. */
  machineOf(vpcId: string, address: string): PlacedOn | undefined {
    return this.#placements.machine(vpcId, address);
  }

  /** @throws AccessDenied, ServiceUnavailable */
  #accept(query: ReadonlyMap<string, string>, context: RequestContext): Promise<(socket: Socket) => void> {
    if (context.account !== platformAccount) authorizeAgent(query.get('containerInstanceArn'), context);
    if (this.#sessions.size >= policyLimits.sessions) {
      throw new ApiError('ServiceUnavailable', `${policyLimits.sessions} machines are connected already`, {
        status: 503,
      });
    }
    return Promise.resolve((socket) => this.#open(socket, context));
  }

  #open(socket: Socket, { account, sourceIp }: RequestContext): void {
    const { log } = this.#deps;
    const session: PolicySession = new PolicySession(socket, {
      ...this.#deps,
      members: this.#members,
      placements: this.#placements,
      ...(account === platformAccount
        ? { account: undefined, nodesAt: (underlay) => this.#nodesAt(underlay) }
        : { account }),
      interest: {
        add: (id) => this.#watchers.add(id, session),
        remove: (id) => {
          if (this.#watchers.remove(id, session)) this.#members.forget(id);
        },
      },
    });
    this.#sessions.add(session);
    log.info('a machine connected for its network policies', { account, sourceIp });
    session.open(() => {
      this.#sessions.delete(session);
      log.info('a machine disconnected from its network policies', { account, sourceIp });
    });
  }

  /** Kept, so that after a start machines know the way to load balancers before the balancer is connected again. */
  #nodesAt(underlay: Underlay): void {
    const { database, log } = this.#deps;
    const said = JSON.stringify(underlay);
    if (JSON.stringify(database.get(nodeMachines, nodeMachineKey)?.row.underlay) === said) return;
    database
      .transact((tx) => tx.put(nodeMachines, nodeMachineKey, { underlay }))
      .catch((error: unknown) =>
        log.error('where load balancers are could not be written down', {
          address: underlay.address,
          error: messageOf(error),
        }),
      );
  }

  #interfaceChanged({ before, after }: RowChange<NetworkInterfaceRecord>): void {
    if (this.#sessions.size === 0) return;
    this.#changed((after ?? before)?.id);
    for (const change of memberChanges(before, after)) {
      this.#members.apply(change);
      for (const session of this.#watchers.of(change.group)) session.membersChanged(change);
    }
  }

  /** Of a route table, or of what routes lead to: an internet gateway may have left its VPC. */
  #routesChanged({ before, after }: RowChange<{ readonly vpcId?: string }>): void {
    for (const vpcId of new Set([before?.vpcId, after?.vpcId])) {
      if (vpcId === undefined) continue;
      for (const session of this.#watchers.of(vpcId)) session.routesChanged(vpcId);
    }
  }

  /** An ACL stands in the policies of its subnets. */
  #aclChanged({ before, after }: RowChange<NetworkAclRecord>): void {
    const acl = after ?? before;
    if (acl === undefined || this.#sessions.size === 0) return;
    for (const { id, networkAcl } of new Networks(this.#deps.database).ofVpc(subnets, acl, acl.vpcId))
      if (networkAcl.id === acl.id) this.#changed(id);
  }

  #changed(id: string | undefined): void {
    if (id === undefined) return;
    for (const session of this.#watchers.of(id)) session.changed(id);
  }
}

/**
 * Whoever may be sent the tasks of a container instance may know what passes to and from them; so an instance role needs nothing more than on AWS.
 * @throws AccessDenied
 */
function authorizeAgent(instanceArn: string | undefined, context: RequestContext): void {
  const [, cluster] = parseArn(instanceArn ?? '')?.resource.split('/') ?? [];
  const keys =
    instanceArn === undefined || cluster === undefined
      ? {}
      : { 'ecs:cluster': instanceArn.replace(/:container-instance\/.*$/, `:cluster/${cluster}`) };
  context.authorize({ action: 'ecs:Poll', resource: instanceArn ?? '*', context: conditionValues({ keys }) });
}
