import type { TaskAction } from '../engine/index.ts';
import { attachNetwork } from './steps/attach-network.ts';
import { create } from './steps/create.ts';
import { prepare } from './steps/prepare.ts';
import { pull } from './steps/pull.ts';
import { release } from './steps/release.ts';
import { start } from './steps/start.ts';
import type { ActionOf, Events } from './steps/step.ts';
import { stop } from './steps/stop.ts';
import type { TaskRunner } from './task-runner.ts';

/** How each action is carried out. An executor answers with what happened, also when it failed. */
export const executors: { readonly [K in TaskAction['kind']]: (runner: TaskRunner, action: ActionOf<K>) => Events } = {
  prepare,
  attachNetwork,
  pull,
  create,
  start,
  stop,
  release,
};
