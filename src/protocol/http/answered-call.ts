import type { EpochMs } from '../../kernel/index.ts';
import type { ApiError, RecordedCall, RequestContext } from '../api/index.ts';
import type { Operation } from '../model/model.ts';
import { redactedJson } from '../model/redact.ts';
import type { ServiceEntry } from '../model/tables.ts';

export interface Answered {
  readonly context: RequestContext;
  readonly input: object | undefined;
  readonly answeredMs: EpochMs;
  readonly error: ApiError | undefined;
}

/** A call as recorders are handed it: made for every request, so it copies nothing. */
export class AnsweredCall implements RecordedCall {
  readonly service: ServiceEntry;
  readonly context: RequestContext;
  readonly answeredMs: EpochMs;
  readonly error: ApiError | undefined;
  readonly #operation: Operation;
  readonly #input: object | undefined;

  constructor(operation: Operation, service: ServiceEntry, answered: Answered) {
    this.service = service;
    this.context = answered.context;
    this.answeredMs = answered.answeredMs;
    this.error = answered.error;
    this.#operation = operation;
    this.#input = answered.input;
  }

  get operation(): string {
    return this.#operation.name;
  }

  answeredAt(): string {
    return `${new Date(this.answeredMs).toISOString().slice(0, 19)}Z`;
  }

  requestParameters(arns: string[]): string | undefined {
    return this.#input && redactedJson(this.#operation.input, this.#input, { time: shownTime, arns });
  }

  responseElements(output: object, arns: string[]): string {
    return redactedJson(this.#operation.output, output, { time: shownTime, arns });
  }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A time as CloudTrail writes those of requests and answers, such as `Nov 27, 2026, 6:32:47 PM`. */
function shownTime(timeMs: number): string {
  const date = new Date(timeMs);
  const hours = date.getUTCHours();
  const two = (part: number): string => String(part).padStart(2, '0');
  const clock = `${hours % 12 === 0 ? 12 : hours % 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const day = `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
  return `${day}, ${clock} ${hours < 12 ? 'AM' : 'PM'}`;
}
