import type { Clock, Log } from '../../../kernel/index.ts';
import { namesSigningName, namesSocketPath } from '../../../names-protocol/index.ts';
import { ApiError, type RequestContext, type Socket, type SocketRoute } from '../../../protocol/api/index.ts';
import type { Database } from '../../../store/index.ts';
import type { PublishedNames, Vpcs } from '../ports.ts';
import { instances } from '../records/instance.ts';
import { namespaces } from '../records/namespace.ts';
import { serviceKey, services } from '../records/service.ts';
import { gatewayLimits } from './limits.ts';
import { renderService, renderZone } from './render.ts';
import { NamesSession, type NamesSource } from './session.ts';

export interface NamesGatewayDeps {
  readonly db: Database;
  readonly vpcs: Vpcs;
  /** Absent: there are no others. */
  readonly published?: PublishedNames;
  readonly clock: Clock;
  readonly log: Log;
}

/** The account that the installation's own parts sign as. */
const platformAccount = '000000000000';

/** The name servers' door. All of them get the same; what a session sends follows the tables, so nothing has to tell the gateway. */
export class NamesGateway {
  readonly #deps: NamesGatewayDeps;
  readonly #sessions = new Set<NamesSession>();
  #unfollow: readonly (() => void)[] = [];

  constructor(deps: NamesGatewayDeps) {
    this.#deps = deps;
  }

  readonly routes: readonly SocketRoute[] = [
    { path: namesSocketPath, signingName: namesSigningName, accept: (_query, context) => this.#accept(context) },
  ];

  start(): void {
    const { db, published, vpcs } = this.#deps;
    this.#unfollow = [
      vpcs.onChange((key) => this.#vpcChanged(key)),
      db.table(namespaces).onChange(({ key, before, after }) => {
        // A namespace keeps its name; that it has another service is told with the service.
        if (JSON.stringify(before?.zone) !== JSON.stringify(after?.zone))
          this.#each((session) => session.zoneChanged(key));
      }),
      db.table(services).onChange(({ key }) => this.#each((session) => session.serviceChanged(key))),
      db.table(instances).onChange(({ before, after }) => {
        const row = after ?? before;
        if (row === undefined) return;
        const key = serviceKey(row, row.serviceId);
        this.#each((session) => session.serviceChanged(key));
      }),
      ...(published === undefined
        ? []
        : [
            published.onChange(({ kind, key }) =>
              this.#each((session) => (kind === 'zone' ? session.zoneChanged(key) : session.serviceChanged(key))),
            ),
          ]),
    ];
  }

  stop(): void {
    for (const unfollow of this.#unfollow) unfollow();
    this.#each((session) => session.close(1001, 'the control plane stops'));
  }

  #each(act: (session: NamesSession) => void): void {
    for (const session of this.#sessions) act(session);
  }

  /** Its ranges stand in its namespaces too. */
  #vpcChanged(key: string): void {
    const { db, vpcs } = this.#deps;
    const vpcId = vpcs.vpc(key)?.id;
    this.#each((session) => session.vpcChanged(key));
    if (vpcId === undefined) return;
    const table = db.table(namespaces);
    for (const zone of table.keys('zone', 'all'))
      if (table.get(zone)?.row.zone?.vpcId === vpcId) this.#each((session) => session.zoneChanged(zone));
  }

  #accept(context: RequestContext): Promise<(socket: Socket) => void> {
    if (context.account !== platformAccount)
      throw new ApiError('AccessDenied', "Only the installation's own name servers may connect here", { status: 403 });
    if (this.#sessions.size >= gatewayLimits.nameServers)
      throw new ApiError('ServiceUnavailable', `${gatewayLimits.nameServers} name servers are connected already`, {
        status: 503,
      });
    return Promise.resolve((socket) => this.#open(socket, context.sourceIp));
  }

  #open(socket: Socket, sourceIp: string): void {
    const { clock, log } = this.#deps;
    const session = new NamesSession(socket, this.#source(), clock);
    this.#sessions.add(session);
    log.info('a name server connected', { sourceIp });
    session.open(() => {
      this.#sessions.delete(session);
      log.info('a name server disconnected', { sourceIp });
    });
  }

  #source(): NamesSource {
    const { db, vpcs, published } = this.#deps;
    return {
      vpcKeys: () => vpcs.keys(),
      vpc: (key) => vpcs.vpc(key),
      *zoneKeys() {
        yield* db.table(namespaces).keys('zone', 'all');
        yield* published?.zoneKeys() ?? [];
      },
      *serviceKeys() {
        const table = db.table(services);
        for (const value of table.values('scope')) yield* table.keys('scope', value);
        yield* published?.serviceKeys() ?? [];
      },
      zone: (key) => renderZone(vpcs, db.get(namespaces, key)?.row) ?? published?.zone(key),
      service: (key) => renderService(db, db.get(services, key)?.row) ?? published?.service(key),
    };
  }
}
