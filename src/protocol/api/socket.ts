/** A websocket of text frames, already open. */
export interface Socket {
  /** Queues one text frame. Dropped silently after the socket closed. */
  send(text: string): void;
  /** Bytes queued and not yet written; a sender that sees it grow should stop. */
  readonly bufferedBytes: number;
  close(code: number, reason: string): void;
  /** Sets the only listener for frames and for the end (called once). */
  listen(listener: SocketListener): void;
}

export interface SocketListener {
  onText(text: string): void;
  onClose(code: number, reason: string): void;
}
