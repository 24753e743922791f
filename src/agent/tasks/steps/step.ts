import type { TaskAction, TaskEvent } from '../../engine/index.ts';

export type ActionOf<K extends TaskAction['kind']> = Extract<TaskAction, { kind: K }>;

/** What happened, also when it failed. */
export type Events = Promise<readonly TaskEvent[]>;
