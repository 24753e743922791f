import { callWayPath, destinationText, type CalledService, type CallWay } from '../../agent-protocol/index.ts';
import { encodeQuery } from '../../control-plane-client/index.ts';
import { primaryAddress } from '../hooks/interfaces.ts';
import type { ApiClient } from '../session/api-client.ts';
import type { TaskRunner } from '../tasks/task-runner.ts';
import type { TaskTable } from '../tasks/task-table.ts';
import type { CallWaySource } from './call-ways.ts';

/** What the control plane says of the ways of a task. */
export class CallWayApi {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** @throws ApiError, Unavailable */
  async callWay(taskArn: string, to: CalledService): Promise<CallWay> {
    const query = encodeQuery({ task: taskArn, to: destinationText(to) });
    const { closed } = await this.#client.ask({ service: 'ecs', path: `${callWayPath}?${query}`, attempts: 1 });
    return typeof closed === 'string' ? { closed } : {};
  }
}

/** The other agents of the machine. */
export interface OtherAgents {
  /** @returns undefined when the address is of none of their tasks @throws Unavailable when one of them cannot say */
  callWay(from: string, to: CalledService): Promise<CallWay | undefined>;
}

/** The task with an interface of its own that has an address. */
export function taskAt(table: Pick<TaskTable, 'all'>, address: string): TaskRunner | undefined {
  return table.all().find(({ payload }) => {
    const eni = payload.elasticNetworkInterfaces?.[0];
    return payload.networkMode === 'awsvpc' && eni !== undefined && primaryAddress(eni) === address;
  });
}

/** Of the tasks of this agent. */
export class OwnCallWays implements CallWaySource {
  readonly #table: Pick<TaskTable, 'all'>;
  readonly #api: Pick<CallWayApi, 'callWay'> | undefined;

  /** @param api undefined: calls of this agent's tasks get through whatever their networks are */
  constructor(table: Pick<TaskTable, 'all'>, api: Pick<CallWayApi, 'callWay'> | undefined) {
    this.#table = table;
    this.#api = api;
  }

  async ask(from: string, to: CalledService): Promise<CallWay | undefined> {
    const runner = taskAt(this.#table, from);
    if (runner === undefined) return undefined;
    return (await this.#api?.callWay(runner.arn, to)) ?? {};
  }
}

/** Of the tasks of all agents of the machine, because one of them forwards for all. */
export class CallWaysOfMachine implements CallWaySource {
  readonly #own: CallWaySource;
  readonly #others: OtherAgents;

  constructor(own: CallWaySource, others: OtherAgents) {
    this.#own = own;
    this.#others = others;
  }

  async ask(from: string, to: CalledService): Promise<CallWay | undefined> {
    return (await this.#own.ask(from, to)) ?? this.#others.callWay(from, to);
  }
}
