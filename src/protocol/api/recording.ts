import type { EpochMs } from '../../kernel/index.ts';
import type { ApiError } from './errors.ts';
import type { RequestContext } from './service.ts';

/** An authenticated call of an operation that AWS has, once its answer is known. Holds references only: what is shown of it is made when asked for. */
export interface RecordedCall {
  /** Longshore's name of the service, such as `elbv2`, and the name its requests are signed for. */
  readonly service: { readonly name: string; readonly signingName: string };
  readonly operation: string;
  readonly context: RequestContext;
  readonly answeredMs: EpochMs;
  /** The same, such as `2026-11-27T18:32:47Z`. */
  answeredAt(): string;
  /** Of the request's body, for those who keep calls waiting within a bound. */
  readonly requestBytes: number;
  /** Absent: it was answered as asked. */
  readonly error: ApiError | undefined;
  /** The input without secrets, blobs and streams; undefined when it was never read. */
  requestParameters(): object | undefined;
  /** An output of this operation, likewise. */
  responseElements(output: object): object;
}

/** Takes note of calls. */
export interface CallRecorder {
  /**
   * Called once for each call, before its answer is sent: must only keep the references, and neither wait nor throw.
   * @param output undefined when the call failed
   */
  record(call: RecordedCall, output: object | undefined): void;
}
