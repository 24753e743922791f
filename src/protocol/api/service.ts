import type { EpochMs } from '../../kernel/index.ts';
import type { AccessQuestion, Questions } from './authorization.ts';
import type { ApiError } from './errors.ts';
import type { OwnRoute } from './own.ts';
import type { RawRoute } from './raw.ts';
import type { Socket } from './socket.ts';

/** Who signed a request. */
export interface Caller {
  /** Twelve digits. */
  readonly account: string;
  readonly accessKeyId: string;
  /** Such as `arn:aws:iam::123456789012:root`. */
  readonly arn: string;
  /** Absent: the root of the account. */
  readonly principal?: CallerPrincipal;
  /** Of temporary credentials. */
  readonly session?: CallerSession;
}

/** Who signed, when it is not the root of an account; the same shapes as `Principal` of the policy engine. */
export type CallerPrincipal =
  | {
      readonly type: 'user';
      readonly account: string;
      /** With the path. */
      readonly arn: string;
      readonly name: string;
      /** `AIDA…` */
      readonly id: string;
    }
  | {
      readonly type: 'role-session';
      readonly account: string;
      /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` */
      readonly arn: string;
      /** `arn:aws:iam::ACCOUNT:role/PATH/ROLE` */
      readonly roleArn: string;
      /** `AROA…` */
      readonly roleId: string;
      readonly sessionName: string;
    }
  | {
      readonly type: 'federated-user';
      readonly account: string;
      /** `arn:aws:sts::ACCOUNT:federated-user/NAME` */
      readonly arn: string;
      readonly name: string;
      readonly userArn: string;
      readonly userId: string;
    };

/** What temporary credentials were issued with. */
export interface CallerSession {
  readonly issuedAtMs: EpochMs;
  /** Session policies, as given. */
  readonly policies?: readonly string[];
  /** Managed policies that are session policies. */
  readonly policyArns?: readonly string[];
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
  /** Keys of the tags that go on to the sessions of roles which this session assumes. */
  readonly transitiveTagKeys?: readonly string[];
  readonly sourceIdentity?: string;
}

/** The VPC endpoint that a request came through, as whoever passed it on proved. */
export interface ThroughEndpoint {
  /** `vpce-…` */
  readonly id: string;
  readonly vpcId: string;
  /** The endpoint's policy; undefined when there is none (any more), which allows nothing. */
  readonly policy: string | undefined;
}

/** What a handler may know of its request beside the input. */
export interface RequestContext {
  readonly caller: Caller;
  /** The caller's account; the one whose resources the request means. */
  readonly account: string;
  /** From the signature's scope. */
  readonly region: string;
  readonly requestId: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** `http://` or `https://` and the Host the client used, for answers that hold URLs. */
  readonly endpoint: string;
  readonly receivedMs: EpochMs;
  /** Absent: the request came by no endpoint. */
  readonly through?: ThroughEndpoint;
  /**
   * Asks what only the handler can ask, such as about the tags of what it read, or about `iam:PassRole`.
   * @throws ApiError the protocol's AccessDenied
   */
  authorize(question: AccessQuestion): void;
}

/** One thing wrong with an input, found by the generated tables and the service's limits. */
export interface Violation {
  /** Path in AWS's spelling, such as `containerDefinitions.1.member.name`. */
  readonly path: string;
  /** AWS's sentence, such as `Member must not be null`. */
  readonly constraint: string;
  /** The value as AWS shows it; absent for what is missing and for secrets. */
  readonly value?: string;
  readonly kind: 'missing' | 'enum' | 'length' | 'range' | 'pattern' | 'type' | 'null';
}

/** Limits by member name (or `Shape.member`): [minimum, maximum] length or value, and a pattern the whole value must match. */
export type Limits = Readonly<
  Record<string, readonly [minimum: number | undefined, maximum: number | undefined, pattern?: string]>
>;

export type Handler<Input, Output> = (input: Input, context: RequestContext) => Output | Promise<Output>;

/** The operations of a service: `{ CreateCluster: { input, output }, … }`, as in protocol/generated/<service>.d.ts. */
export type Operations = { readonly [operation: string]: { readonly input: object; readonly output: object } };

/** Handlers for some of a service's operations; the rest answer "not implemented by Longshore". */
export type Handlers<O> = {
  readonly [K in keyof O]?: O[K] extends { input: infer I; output: infer R } ? Handler<I, R> : never;
};

/** A websocket endpoint beside the operations, such as the agent's ACS session; the upgrade is authenticated first. */
export interface SocketRoute {
  /** Exact path, such as `/acs/ws`. */
  readonly path: string;
  /** Signing name the upgrade must be signed for. */
  readonly signingName: string;
  /** Refuses with an ApiError (a plain HTTP answer before the upgrade) or takes the socket. */
  accept(query: ReadonlyMap<string, string>, context: RequestContext): Promise<(socket: Socket) => void>;
}

/** One AWS service as the server runs it. */
export interface ServiceDefinition {
  /** The name of its generated table: `ecs`, `logs`, `ec2` … */
  readonly name: string;
  readonly handlers: Readonly<Record<string, Handler<never, object>>>;
  readonly limits?: Limits;
  /** What each operation asks of the caller's policies; an operation without an entry is for the account's root only. */
  readonly authorization?: Readonly<Record<string, Questions>>;
  /** How this service words invalid input. */
  invalid(violations: readonly Violation[]): ApiError;
  readonly sockets?: readonly SocketRoute[];
  readonly rawRoutes?: readonly RawRoute[];
  readonly ownRoutes?: readonly OwnRoute[];
}
