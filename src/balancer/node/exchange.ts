import { ChunkedScanner } from '../http1/chunked-scanner.ts';
import { parseResponseHead, type ResponseHead } from '../http1/response-head.ts';
import { limits } from '../limits.ts';
import type { Target, TargetGroup } from '../model/target-group.ts';
import type { PlaneParts } from './plane-parts.ts';
import type { ConnectionOwner, TargetConnection, TargetConnections } from './target-connections.ts';

/** The client's side of one request, whatever it speaks. The answering methods return false when no more bytes should come for now. */
export interface ClientSide {
  /** Chunked bodies are handed over without their framing. */
  readonly decodesChunks: boolean;
  /** A 1xx that is passed on. */
  interim(bytes: Buffer): void;
  /** The head is `bytes[0, headEnd)` with its empty line; what follows until `bodyEnd` is body. `target` gave the answer. */
  answerHead(head: ResponseHead, answer: AnswerBytes): boolean;
  answerBody(piece: Buffer): boolean;
  answerEnd(): void;
  /** The connection is a tunnel now: what follows is raw. */
  answerTunnel(head: ResponseHead, rest: Buffer): void;
  /** Nothing was answered yet: answer with this status. */
  answerFailed(status: number): void;
  /** The answer broke off. */
  answerBroken(): void;
  /** More of the request's body may come. */
  resumeRequest(): void;
  /** A tunnel's target sends nothing more. */
  tunnelEnded(): void;
}

export interface AnswerBytes {
  readonly bytes: Buffer;
  readonly headEnd: number;
  readonly bodyEnd: number;
  readonly target: Target<TargetConnections>;
}

export interface ExchangeRequest {
  readonly method: string;
  /** The whole head for the target, with its empty line. */
  readonly head: string;
  readonly hasBody: boolean;
  /** The client asked for another protocol: only then may the target answer 101. */
  readonly upgrade: boolean;
  readonly group: TargetGroup<TargetConnections>;
  /** The target that the client is stuck to. */
  readonly stuckTo?: Target<TargetConnections> | undefined;
  readonly zone?: string | undefined;
}

const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** One request on its way to a target and the answer on its way back, over as many targets as it takes. */
export class Exchange implements ConnectionOwner {
  readonly #parts: PlaneParts;
  readonly #client: ClientSide;
  readonly #request: ExchangeRequest;
  #target: Target<TargetConnections> | undefined;
  #connection: TargetConnection | undefined;
  #tried: Set<Target<TargetConnections>> | undefined;
  #attempts = 0;
  /** Body bytes sent so far; undefined once they are too many to be sent again. */
  #replay: Buffer[] | undefined = [];
  #replayBytes = 0;
  #bodyDone: boolean;
  #head: ResponseHead | undefined;
  #interims = 0;
  #partial: Buffer | undefined;
  #remaining = 0;
  #scanner: ChunkedScanner | undefined;
  #paused = false;
  #tunnel = false;
  #over = false;
  /** Counted as in flight at the target. */
  #held = false;
  readonly startedMs: number;
  /** Milliseconds, for the connect timeout. */
  connectingSinceMs = 0;

  constructor(parts: PlaneParts, client: ClientSide, request: ExchangeRequest) {
    this.#parts = parts;
    this.#client = client;
    this.#request = request;
    this.#bodyDone = !request.hasBody;
    this.startedMs = parts.nowMs();
  }

  get target(): Target<TargetConnections> | undefined {
    return this.#target;
  }

  get answering(): boolean {
    return this.#head !== undefined;
  }

  get isConnecting(): boolean {
    return this.#connection !== undefined && !this.#connection.connected;
  }

  start(): void {
    const { group, stuckTo, zone } = this.#request;
    const target = stuckTo ?? this.#parts.choose(group, { zone, tried: this.#tried });
    if (target === undefined) return this.#fail(this.#attempts === 0 ? 503 : 502);
    this.#attach(target, false);
  }

  #attach(target: Target<TargetConnections>, fresh: boolean): void {
    this.#attempts += 1;
    this.#target = target;
    target.inFlight += 1;
    this.#held = true;
    const nowMs = this.#parts.nowMs();
    const oldestMs = repeatable.has(this.#request.method) ? 0 : nowMs - limits.freshConnectionMs;
    let connection = fresh ? undefined : target.carried.takeIdle(oldestMs);
    if (connection === undefined) {
      connection = target.carried.open();
      this.connectingSinceMs = nowMs;
    }
    connection.owner = this;
    connection.uses += 1;
    this.#connection = connection;
    const { socket } = connection;
    const pieces = this.#replay;
    const [first] = pieces ?? [];
    if (first === undefined) {
      socket.write(this.#request.head, 'latin1');
      return;
    }
    socket.cork();
    socket.write(this.#request.head, 'latin1');
    for (const piece of pieces ?? []) socket.write(piece);
    socket.uncork();
  }

  /** Gives a piece of the request's body. @returns false when the next should wait for `resumeRequest` */
  sendBody(piece: Buffer): boolean {
    if (this.#over) return true;
    if (this.#replay !== undefined && !this.#tunnel) {
      this.#replayBytes += piece.length;
      // What comes before the start is sent by it.
      if (this.#replayBytes > limits.replayBytes && this.#connection !== undefined) this.#replay = undefined;
      else this.#replay.push(piece);
    }
    if (this.#connection === undefined) return true;
    return this.#connection.socket.write(piece) && this.#connection.connected;
  }

  /** The request's body is complete. */
  endBody(): void {
    this.#bodyDone = true;
  }

  get bodyDone(): boolean {
    return this.#bodyDone;
  }

  /** The client sends nothing more through its tunnel. */
  endTunnel(): void {
    this.#connection?.socket.end();
  }

  /** The client takes bytes again. */
  resumeAnswer(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#connection?.socket.resume();
  }

  /** The client is gone, or has waited for too long: the answer is not wanted any more. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.#detach(false);
  }

  onConnect(): void {
    this.#client.resumeRequest();
  }

  onDrain(): void {
    this.#client.resumeRequest();
  }

  onEnd(): void {
    if (this.#tunnel) return this.#client.tunnelEnded();
    if (this.#head?.framing === 'close') return this.#finish(false);
    this.#connection?.destroy();
  }

  onClose(error: Error | undefined): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#release();
    if (this.#over) return;
    if (this.#tunnel || this.#head !== undefined) {
      this.#over = true;
      this.#client.answerBroken();
      return;
    }
    const target = this.#target;
    if (target === undefined || connection === undefined) return this.#fail(502);
    if (!connection.connected) {
      this.#parts.targetRefused(target, error);
      return this.#again(target, true) ? undefined : this.#fail(502);
    }
    const mayRepeat = repeatable.has(this.#request.method) && this.#partial === undefined;
    const stale = connection.uses > 1;
    if (mayRepeat && this.#again(target, !stale)) return;
    this.#fail(502);
  }

  /** Sends the request again: to another target, or to the same over a new connection. */
  #again(target: Target<TargetConnections>, elsewhere: boolean): boolean {
    if (this.#replay === undefined || this.#attempts >= limits.attempts) return false;
    if (elsewhere) (this.#tried ??= new Set()).add(target);
    const { group, zone } = this.#request;
    const mayStay = !elsewhere && target.present && target.config.state === 'registered';
    const next = mayStay ? target : this.#parts.choose(group, { zone, tried: this.#tried });
    if (next === undefined) return false;
    this.#attach(next, !elsewhere);
    return true;
  }

  /** The connect timeout is over. */
  connectTimedOut(): void {
    const target = this.#target;
    const connection = this.#connection;
    if (target === undefined || connection === undefined) return;
    this.#parts.targetRefused(target, undefined);
    connection.owner = undefined;
    this.#connection = undefined;
    connection.destroy();
    this.#release();
    this.#fail(504);
  }

  onData(chunk: Buffer): void {
    if (this.#tunnel) {
      if (!this.#client.answerBody(chunk)) this.#pause();
      return;
    }
    if (this.#head === undefined) this.#readHead(chunk);
    else this.#readBody(chunk, 0);
  }

  #readHead(chunk: Buffer): void {
    const bytes = this.#partial === undefined ? chunk : Buffer.concat([this.#partial, chunk]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0 || end > limits.responseHeadBytes) {
      if (bytes.length > limits.responseHeadBytes) return this.#malformed();
      this.#partial = bytes;
      return;
    }
    this.#partial = undefined;
    const head = parseResponseHead(bytes.toString('latin1', 0, end), this.#request.method);
    if (head === undefined) return this.#malformed();
    if (head.status === 101 && this.#request.upgrade) return this.#beginTunnel(head, bytes.subarray(end + 4));
    if (head.status < 200) {
      this.#interims += 1;
      if (head.status === 101 || this.#interims > limits.interimAnswers) return this.#malformed();
      if (head.status !== 100) this.#client.interim(bytes.subarray(0, end + 4));
      if (bytes.length > end + 4) this.#readHead(bytes.subarray(end + 4));
      return;
    }
    this.#head = head;
    const target = this.#target;
    if (target === undefined) return;
    this.#parts.answered(this.#request.group.arn, head.status, this.startedMs);
    this.#remaining = head.framing === 'length' ? head.length : 0;
    if (head.framing === 'chunked') this.#scanner = new ChunkedScanner();
    this.#handHead(head, bytes, { end, target });
  }

  #handHead(
    head: ResponseHead,
    bytes: Buffer,
    { end, target }: { readonly end: number; readonly target: Target<TargetConnections> },
  ): void {
    const headEnd = end + 4;
    if (head.framing === 'chunked' && this.#client.decodesChunks) {
      if (!this.#client.answerHead(head, { bytes, headEnd, bodyEnd: headEnd, target })) this.#pause();
      this.#readBody(bytes, headEnd);
      return;
    }
    const bodyEnd = this.#bodyEnd(bytes, headEnd);
    if (!this.#client.answerHead(head, { bytes, headEnd, bodyEnd, target })) this.#pause();
    this.#after(bytes, bodyEnd);
  }

  #readBody(chunk: Buffer, from: number): void {
    if (this.#over) return;
    if (this.#scanner !== undefined && this.#client.decodesChunks) {
      let paused = false;
      const end = this.#scanner.scan(chunk, from, (piece) => {
        if (!this.#client.answerBody(piece)) paused = true;
      });
      if (paused) this.#pause();
      return this.#after(chunk, end);
    }
    const end = this.#bodyEnd(chunk, from);
    if (end > from && !this.#client.answerBody(end === chunk.length && from === 0 ? chunk : chunk.subarray(from, end)))
      this.#pause();
    this.#after(chunk, end);
  }

  /** Where the body ends within these bytes. */
  #bodyEnd(bytes: Buffer, from: number): number {
    switch (this.#head?.framing) {
      case 'length': {
        const end = Math.min(bytes.length, from + this.#remaining);
        this.#remaining -= end - from;
        return end;
      }
      case 'chunked':
        return this.#scanner?.scan(bytes, from) ?? from;
      case 'close':
        return bytes.length;
      case 'none':
      case undefined:
        return from;
    }
  }

  #after(bytes: Buffer, end: number): void {
    if (this.#over) return;
    if (this.#scanner?.failed === true) {
      this.#over = true;
      this.#detach(false);
      this.#client.answerBroken();
      return;
    }
    const framing = this.#head?.framing;
    const done = framing === 'none' || (framing === 'length' && this.#remaining === 0) || this.#scanner?.done === true;
    // Bytes after the end belong to no request: such a connection is not used again.
    if (done) this.#finish(this.#head?.keepAlive === true && end === bytes.length && this.#bodyDone);
  }

  #beginTunnel(head: ResponseHead, rest: Buffer): void {
    this.#tunnel = true;
    this.#head = head;
    this.#parts.answered(this.#request.group.arn, head.status, this.startedMs);
    this.#client.answerTunnel(head, rest);
  }

  #pause(): void {
    if (this.#over || this.#connection === undefined) return;
    this.#paused = true;
    this.#connection.socket.pause();
  }

  #malformed(): void {
    this.#detach(false);
    this.#fail(502);
  }

  #fail(status: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#client.answerFailed(status);
  }

  #finish(reusable: boolean): void {
    this.#over = true;
    this.#detach(reusable);
    this.#client.answerEnd();
  }

  #detach(reusable: boolean): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) {
      if (reusable && this.#target !== undefined) {
        if (this.#paused) connection.socket.resume();
        this.#target.carried.release(connection, this.#parts.nowMs());
      } else {
        connection.owner = undefined;
        connection.destroy();
      }
    }
    this.#release();
  }

  #release(): void {
    if (!this.#held || this.#target === undefined) return;
    this.#held = false;
    this.#parts.released(this.#target);
  }
}
