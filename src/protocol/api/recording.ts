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
  /** Absent: it was answered as asked. */
  readonly error: ApiError | undefined;
  /**
   * JSON of the input without secrets, blobs and streams; undefined when it was never read.
   * @param arns takes the ARNs that stand near the top of it
   */
  requestParameters(arns: string[]): string | undefined;
  /** Of an output of this operation, likewise. */
  responseElements(output: object, arns: string[]): string;
}

/** Takes note of calls. */
export interface CallRecorder {
  /**
   * Called once for each call, in the turn of its answer and after that was sent: must neither wait nor throw, and does well to keep nothing of the call,
   * which is young garbage then.
   * @param output undefined when the call failed
   */
  record(call: RecordedCall, output: object | undefined): void;
}
