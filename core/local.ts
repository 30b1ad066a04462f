import { archiveName } from './file-name.js';
import type { RunRecord } from './record.js';
import type { Decision } from './run/control.js';
import type { ItemPast } from './run/past.js';
import type { Pulse, RunRequest } from './run/request.js';

// What the command line and the process of a run without a server have in common: files, and what is in them.

/** Files of a run without a server. */
export interface LocalPlaces {
  readonly folder: string;
  /** All that it needs to go on; see worker/local. */
  readonly journal: string;
  /** How it stands: for readers, made anew from the journal. */
  readonly sight: string;
  /** Which run it is: {@link LocalRun}. */
  readonly about: string;
  /** Which process works at it. */
  readonly process: string;
  /** Held while such a process is started. */
  readonly lock: string;
  /** Decisions on their way to it, and its answers. */
  readonly inbox: string;
  /** What its process says besides: faults of ours. */
  readonly log: string;
}

/** Folder of all runs without a server, in a state folder. */
export function localFolder(state: string): string {
  return `${state}/local/runs`;
}

/** Folder of the leases that such runs hold. */
export function localLeases(state: string): string {
  return `${state}/local/leases`;
}

/** Files of a run without a server, in a state folder. */
export function localPlaces(state: string, run: string): LocalPlaces {
  const folder = `${localFolder(state)}/${archiveName(run)}`;
  return {
    folder,
    journal: `${folder}/journal.ndjson`,
    sight: `${folder}/sight.json`,
    about: `${folder}/run.json`,
    process: `${folder}/process.json`,
    lock: `${folder}/process.lock`,
    inbox: `${folder}/inbox`,
    log: `${folder}/process.log`,
  };
}

/** A run without a server, as it was begun. */
export interface LocalRun {
  readonly run: string;
  readonly runbook: string;
  /** Folder of its project. */
  readonly project: string;
  readonly startedAt: string;
}

/** How a run is begun. */
export interface LocalBeginning {
  readonly request: RunRequest;
  /** Why it does without the server. */
  readonly reason: string;
  /** Name of this machine. */
  readonly host: string;
  readonly startedAt: string;
  /** Where it puts back what a run had changed that has ended: what those of its items were, by their ids. */
  readonly items?: Readonly<Record<string, ItemPast>>;
}

/** How a run is begun that puts back what another one without a server, which has ended, had changed. */
export interface LocalUndo {
  /** The run that has ended. */
  readonly of: string;
  readonly user: string;
  readonly wait: boolean;
  /** Also what is no longer as that run has left it. */
  readonly force: boolean;
  /** Why it is put back. */
  readonly reason: string;
  readonly host: string;
  readonly startedAt: string;
}

/** A decision on its way. */
export interface LocalDecision {
  readonly id: string;
  /** Run that is to take it: the run itself, or that of an item. */
  readonly run: string;
  readonly decision: Decision;
}

/** What was made of a decision: `refused` says why it was not taken. */
export interface LocalAnswer {
  readonly refused: string | null;
}

/** First line on the standard input of the process; the end of that input asks it to stop at a safe point. */
export interface LocalOrder {
  /** `run`: begin it, or go on. `plan`: look only, and print the plan. */
  readonly task: 'run' | 'plan';
  /** For a run that is new, and for a plan; null for one that has a journal. */
  readonly begin: LocalBeginning | null;
  /** For a run that is new and is to put something back; left out for all others. */
  readonly undo?: LocalUndo;
  /** Taken before anything goes on. */
  readonly decision: LocalDecision | null;
}

/** A verb that is under way. */
export interface LocalWork {
  readonly path: string;
  /** 1 for the first; more where a process was lost meanwhile. */
  readonly attempt: number;
  readonly pulse: Pulse | null;
}

/** How a run stands: written for readers whenever it changes. */
export interface LocalSight {
  readonly record: RunRecord;
  /** Records of the runs of items. */
  readonly items: readonly RunRecord[];
  readonly work: readonly LocalWork[];
  /** Id of the process that has written this. */
  readonly pid: number;
}

/** Exit codes of the process. */
export const localExits = {
  /** The run has ended, or stands still as it was told to. */
  done: 0,
  failed: 1,
} as const;
