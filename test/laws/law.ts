import { isDeepStrictEqual } from 'node:util';
import type { World } from './attempt.js';

/** One situation in which an action must obey the laws. */
export interface LawCase {
  readonly title: string;
  /** Makes the situation anew; each law asks for as many as it needs. */
  arrange(): Promise<World>;
  /** What the check finds at first: `drift` unless told. */
  readonly finds?: 'drift' | 'nothing';
  /** What undo does here; what the action declares unless told. */
  readonly undo?: 'restores' | 'irreversible' | 'nothing';
  /** Input of a later step on the same resource, which is undone together with this one. */
  readonly later?: object;
  /** False where another case runs the same commands: killing its workers would prove nothing more. */
  readonly deaths?: boolean;
  /** Members of the output that change by themselves, such as a measured time. */
  readonly volatile?: readonly string[];
}

/** One law in one situation; `prove` rejects with what was violated. */
export interface Law {
  readonly title: string;
  prove(): Promise<void>;
}

/** Limits for tools that are slow. */
export interface LawLimits {
  /** The most commands at which a worker is killed, spread evenly; all unless told. */
  readonly killPoints?: number;
}

/** Ends a proof. */
export function violated(why: string): never {
  throw new Error(`law violated: ${why}`);
}

/** A value as text for a violation. */
export function show(value: unknown): string {
  return JSON.stringify(value, null, 1) ?? 'undefined';
}

/** @throws Error when the two differ. */
export function mustEqual(is: unknown, was: unknown, what: string): void {
  if (!isDeepStrictEqual(is, was)) violated(`${what}\nnow: ${show(is)}\nbefore: ${show(was)}`);
}

/** Proves something in a world made for it, which is cleaned up in any case. */
export async function inWorld<T>(
  situation: LawCase,
  prove: (world: World) => Promise<T>,
): Promise<T> {
  const world = await situation.arrange();
  try {
    return await prove(world);
  } finally {
    await world.cleanup();
  }
}

/** Everything the action may touch; null where the world does not say. */
export async function snapshotOf(world: World): Promise<unknown> {
  return world.snapshot === undefined ? null : world.snapshot();
}
