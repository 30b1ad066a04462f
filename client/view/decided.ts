import type { DecisionVerb } from '../../core/run/outcome.js';
import type { Glyphs } from './glyphs.js';
import { span, type Line } from './line.js';

const words: Readonly<Record<DecisionVerb, string>> = {
  retry: 'is tried again',
  skip: 'is skipped',
  confirm: 'is confirmed',
  approve: 'has your approval',
  reject: 'is rejected',
  undo: 'is being undone',
  cancel: 'is being ended',
  pause: 'pauses before its next step',
  resume: 'goes on',
};

/** That a decision was taken, and how to see what comes of it. */
export function decidedLine(
  verb: DecisionVerb,
  run: string,
  step: string | null,
  glyphs: Glyphs,
): Line[] {
  const wholeRun = verb === 'undo' || verb === 'cancel' || verb === 'pause' || verb === 'resume';
  const subject = wholeRun
    ? run
    : step === null
      ? `the waiting step of ${run}`
      : `${step} of ${run}`;
  const down = verb === 'undo' && step !== null ? ` down to ${step}` : '';
  return [
    [
      span(`${glyphs.done} `, 'good'),
      span(`${subject} ${words[verb]}${down}`),
      span(`  runbook watch ${run}`, 'dim'),
    ],
  ];
}
