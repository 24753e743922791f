/** Who may still call the tasks that have left their Service Connect endpoints. */
export interface ConnectHolds {
  /** May a proxy still send something to the task, as far as agents have said? */
  holds(taskKey: string): boolean;
  /** Calls back with the key of a task that nobody calls any more. @returns how to stop */
  onReleased(listener: (taskKey: string) => void): () => void;
}
