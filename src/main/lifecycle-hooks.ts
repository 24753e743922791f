import { InvalidArgument, Unavailable, messageOf } from '../kernel/index.ts';
import { InvalidHookAnswer, type LifecycleHookAnswer, type LifecycleHooks } from '../services/ecs/index.ts';

/** The longest that a Lambda function runs. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const callTimeoutMs = 15 * 60_000;
/** Of an answer; a hook has a status and a few details to give. */
const maxAnswerBytes = 256 * 1024;
/** Of an answer that says nothing valid, in the error. */
const maxQuoted = 200;

const statuses = ['SUCCEEDED', 'FAILED', 'IN_PROGRESS'] as const;

export interface LambdaHookOptions {
  /** Where Lambda's Invoke API answers, such as `http://127.0.0.1:9001`; absent: only URLs can be called. */
  readonly lambdaEndpoint: string | undefined;
  readonly timeoutMs?: number;
}

/**
 * Calls lifecycle hooks over HTTP: functions by Lambda's Invoke API, which its runtime interface emulator speaks too; URLs by a POST of the payload.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 * @throws InvalidArgument for an endpoint that is no http or https URL
 */
export function lambdaHooks({ lambdaEndpoint, timeoutMs = callTimeoutMs }: LambdaHookOptions): LifecycleHooks {
  const endpoint = lambdaEndpoint === undefined || lambdaEndpoint === '' ? undefined : checkedUrl(lambdaEndpoint);
  return {
    async call(targetArn, payload) {
      const url = /^https?:\/\//.test(targetArn) ? targetArn : invokeUrl(endpoint, targetArn);
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payload),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        throw new Unavailable(`calling ${url} failed: ${causeOf(error)}`);
      });
      const text = await bounded(response, url);
      if (!response.ok) throw new Unavailable(`${url} answered ${response.status}: ${text.slice(0, maxQuoted)}`);
      const failed = response.headers.get('x-amz-function-error');
      if (failed !== null)
        throw new Unavailable(`the function ended in error (${failed}): ${text.slice(0, maxQuoted)}`);
      return answerOf(text);
    },
  };
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new InvalidArgument(`--lambda-endpoint is '${text}', which is no http or https URL`);
  return url.href.replace(/\/$/, '');
}

function invokeUrl(endpoint: string | undefined, targetArn: string): string {
  if (endpoint === undefined)
    throw new Unavailable(
      `no Lambda endpoint is configured to call ${targetArn}: set LONGSHORE_LAMBDA_ENDPOINT or --lambda-endpoint, or use a URL as hookTargetArn`,
    );
  // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]
  const [name = '', qualifier] = targetArn.split(':').slice(6);
  const query = qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(qualifier)}`;
  return `${endpoint}/2015-03-31/functions/${encodeURIComponent(name)}/invocations${query}`;
}

async function bounded(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > maxAnswerBytes) throw new Unavailable(`the answer is larger than ${maxAnswerBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw new Unavailable(`reading the answer of ${url} failed: ${causeOf(error)}`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A function may answer with the object, or with a string that holds it. */
function answerOf(text: string): LifecycleHookAnswer {
  const invalid = (why: string): Error => new InvalidHookAnswer(`${why}: ${text.slice(0, maxQuoted)}`);
  let body: unknown;
  try {
    body = JSON.parse(text);
    if (typeof body === 'string') body = JSON.parse(body);
  } catch {
    throw invalid('the hook did not answer with JSON');
  }
  if (typeof body !== 'object' || body === null) throw invalid('the hook did not answer with a JSON object');
  const { hookStatus, callBackDelay, hookDetails } = body as Record<string, unknown>;
  const status = statuses.find((one) => one === hookStatus);
  if (hookStatus === undefined || hookStatus === null) throw invalid('HookStatus must not be null');
  if (status === undefined) throw invalid(`the hook gave no hookStatus of ${statuses.join(', ')}`);
  if (callBackDelay !== undefined && (typeof callBackDelay !== 'number' || !Number.isFinite(callBackDelay)))
    throw invalid('callBackDelay is no number of seconds');
  return {
    hookStatus: status,
    ...(callBackDelay === undefined ? {} : { callBackDelay }),
    ...(hookDetails === undefined ? {} : { hookDetails }),
  };
}

/** What fetch means by `fetch failed`. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`;
}
