import type { Log } from '../kernel/index.ts';
import { Unavailable } from '../kernel/index.ts';
import type { Handler, RequestContext, Socket } from '../protocol/api/index.ts';
import type { Operations } from '../protocol/generated/ecs.ts';
import { ec2Tables, taskInterfaces, taskVolumes } from '../services/ec2/index.ts';
import { ecsService, ecsTables, type EcsService, type LifecycleHookAnswer } from '../services/ecs/index.ts';
import { openDatabase, type OpenDatabase, type Store } from '../store/index.ts';
import { SeverableStore } from './sim-store.ts';
import { simTargetRegistrar, simRules, simTargets } from './sim-targets.ts';
import { ProcessClock, type SimClock } from './sim-clock.ts';
import type { SimIds } from './sim-ids.ts';

export interface ServerOptions {
  readonly store: Store;
  readonly clock: SimClock;
  readonly ids: SimIds;
  readonly log: Log;
}

/** No service of the simulation has one. */
const noRegistries = {
  registry: () => undefined,
  register: () => undefined,
  deregister: () => undefined,
  health: () => undefined,
  setHealth: () => undefined,
};

/** Nor Service Connect. */
const noNamespaces = {
  find: () => undefined,
  ensure: () => ({ arn: '', name: '' }),
  createService: () => '',
  removeService: () => true,
};

const credentialLifeMs = 6 * 60 * 60_000;

/** Who calls, and from where it says it is. */
export interface SimCaller {
  readonly account: string;
  readonly region: string;
}

/** One life of the control plane: the real services and controllers on a store, until it crashes. */
export class SimServer {
  readonly #options: ServerOptions;
  readonly #clock: ProcessClock;
  readonly #store: SeverableStore;
  readonly #ecs: EcsService;
  readonly db: OpenDatabase;

  private constructor(options: ServerOptions, parts: { clock: ProcessClock; store: SeverableStore; db: OpenDatabase }) {
    this.#options = options;
    this.#clock = parts.clock;
    this.#store = parts.store;
    this.db = parts.db;
    const { ids, log } = options;
    const { db, clock } = parts;
    this.#ecs = ecsService({
      database: db,
      clock,
      ids,
      log,
      taskInterfaces: taskInterfaces({ database: db, clock, ids }),
      targets: simTargetRegistrar(db),
      registrar: noRegistries,
      namespaces: noNamespaces,
      hooks: { call: () => Promise.resolve(hookAnswer(ids)) },
      alarms: { state: () => undefined, onChange: () => () => undefined },
      fileSystems: () => ({ refusal: 'there is no EFS here' }),
      volumes: taskVolumes({ database: db, clock, ids }),
      infrastructureRoles: { volumeRefusal: () => undefined },
      managedNodes: { roleOf: () => undefined },
      ways: (_scope, _id, destinations) => destinations.map(() => ({ reachable: true, dial: '', because: '' })),
      roleCredentials: {
        refusal: () => undefined,
        issue: ({ nowMs }) => ({
          accessKeyId: `ASIA${ids.hex(16).toUpperCase()}`,
          secretAccessKey: ids.hex(40),
          sessionToken: ids.hex(64),
          expirationMs: nowMs + credentialLifeMs,
        }),
      },
    });
  }

  /** Opens the store and starts everything that `longshore server` starts for ECS. */
  static async start(options: ServerOptions): Promise<SimServer> {
    const store = new SeverableStore(options.store, { clock: options.clock, ids: options.ids.fork() });
    const clock = new ProcessClock(options.clock);
    const db = await openDatabase(store, [...ecsTables, ...ec2Tables, simTargets, simRules], {
      log: options.log,
      clock,
      freezeRows: true,
    });
    const server = new SimServer(options, { clock, store, db });
    server.#ecs.start();
    return server;
  }

  /** Calls an action as a client would, without the wire. @throws ApiError */
  async call<Name extends keyof Operations>(
    operation: Name,
    input: Operations[Name]['input'],
    caller: SimCaller,
  ): Promise<Operations[Name]['output']> {
    const handler = this.#ecs.definition.handlers[operation] as Handler<unknown, object> | undefined;
    if (handler === undefined) throw new Unavailable(`no handler for ${operation}`);
    return handler(input, this.#context(caller));
  }

  /** Opens a websocket. @throws ApiError when the upgrade is refused */
  async accept(path: string, query: ReadonlyMap<string, string>, caller: SimCaller): Promise<(socket: Socket) => void> {
    const route = this.#ecs.definition.sockets?.find((one) => one.path === path);
    if (route === undefined) throw new Unavailable(`no websocket at ${path}`);
    return route.accept(query, this.#context(caller));
  }

  /** Dies on the spot: no goodbye, no flush, nothing of it runs on. */
  crash(): void {
    this.#clock.kill();
    this.#store.sever();
  }

  /** Goes as on SIGTERM. */
  stop(): void {
    this.#ecs.stop();
    this.db.close();
    this.#clock.kill();
    this.#store.sever();
  }

  #context({ account, region }: SimCaller): RequestContext {
    const { ids, clock } = this.#options;
    return {
      caller: { account, accessKeyId: 'test', arn: `arn:aws:iam::${account}:root` },
      account,
      region,
      requestId: ids.uuid(),
      sourceIp: '127.0.0.1',
      userAgent: 'simulation',
      endpoint: 'http://127.0.0.1:4566',
      receivedMs: clock.nowMs(),
      authorize() {},
    };
  }
}

/** Most hooks agree, some take a while, few do not. */
function hookAnswer(ids: SimIds): LifecycleHookAnswer {
  const chance = ids.fraction();
  if (chance < 0.05) return { hookStatus: 'FAILED' };
  return chance < 0.25 ? { hookStatus: 'IN_PROGRESS', callBackDelay: 5 } : { hookStatus: 'SUCCEEDED' };
}
