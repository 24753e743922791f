import { ApiError } from '../../../protocol/api/index.ts';

export function volumeNotFound(id: string): ApiError {
  return new ApiError('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
}

export function snapshotNotFound(id: string): ApiError {
  return new ApiError('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
}

export function incorrectState(message: string): ApiError {
  return new ApiError('IncorrectState', message);
}

/** @param user such as a task's ARN */
export function volumeInUse(id: string, user: string): ApiError {
  return new ApiError('VolumeInUse', `Volume ${id} is currently attached to ${user}`);
}
