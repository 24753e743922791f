import { createHmac, timingSafeEqual } from 'node:crypto';
import { endpointPassHeader } from '../agent-protocol/index.ts';
import type { Clock, EpochMs } from '../kernel/index.ts';
import type { ThroughEndpoint } from '../protocol/api/index.ts';
import type { TaskWays as EndpointWays } from '../services/ec2/index.ts';
import type { TaskWays } from '../services/ecs/index.ts';

/** What a pass says. */
interface Pass {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly vpcId: string;
  readonly expirationMs: EpochMs;
}

/** Agents ask once a second; this is for those that cannot ask for a while. */
const goodForMs = 60 * 60_000;

/** What EC2 knows. */
export interface EndpointFacts {
  readonly ways: EndpointWays;
  /** The policy of an endpoint of now; undefined: there is no such endpoint. */
  policy(scope: Parameters<TaskWays>[0], endpointId: string): string | undefined;
}

/**
 * What proves that a request came through a VPC endpoint: agents get it with the way of a call and send it along, programs never see it. The
 * installation's key signs it, so nobody else can make one; what the endpoint allows is looked up when the request comes.
 */
export class EndpointPassKeeper {
  readonly header = endpointPassHeader;
  readonly #key: Buffer;
  readonly #facts: EndpointFacts;
  readonly #clock: Clock;

  constructor(sealingKey: Buffer, facts: EndpointFacts, clock: Clock) {
    this.#key = sealingKey;
    this.#facts = facts;
    this.#clock = clock;
  }

  /** The ways of tasks, with passes for those that lead through endpoints. */
  waysWithPasses(): TaskWays {
    const { ways } = this.#facts;
    return ({ account, region }, networkInterfaceId, destinations) =>
      ways({ account, region }, networkInterfaceId, destinations).map(({ through, ...way }) => {
        if (through === undefined) return way;
        const expirationMs = this.#clock.nowMs() + goodForMs;
        return { ...way, pass: this.#seal({ account, region, ...through, expirationMs }) };
      });
  }

  /** @returns undefined for a pass that was not made here, or is not good any more */
  open(pass: string): ThroughEndpoint | undefined {
    const [text = '', signature = ''] = pass.split('.');
    const [given, own] = [Buffer.from(signature, 'base64url'), this.#sign(text)];
    if (given.length !== own.length || !timingSafeEqual(given, own)) return undefined;
    const { account, region, id, vpcId, expirationMs } = JSON.parse(
      Buffer.from(text, 'base64url').toString('utf8'),
    ) as Pass;
    if (expirationMs < this.#clock.nowMs()) return undefined;
    return { id, vpcId, policy: this.#facts.policy({ account, region }, id) };
  }

  #seal(pass: Pass): string {
    const text = Buffer.from(JSON.stringify(pass)).toString('base64url');
    return `${text}.${this.#sign(text).toString('base64url')}`;
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#key).update(`endpoint pass:${text}`).digest();
  }
}
