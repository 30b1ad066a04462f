import { linuxFile } from '../../../plugins/linux/file.js';
import { laws, type LawCase } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';
import { treeScript } from '../../targets/tree.js';

const folder = '/srv/law';
const stage = createStage(
  `rm -rf ${folder} /var/lib/runbook; mkdir -p ${folder}; cd ${folder}`,
  treeScript(folder),
);

function situation(title: string, script: string, input: object, more: Partial<LawCase> = {}) {
  return stage.situation(title, script, { path: `${folder}/file`, ...input }, more);
}

const big = 'x'.repeat(5000);

laws(linuxFile, {
  test: needs(sandboxNeeds),
  cases: [
    situation(
      'another mode, and later gone',
      'echo public > file',
      { content: 'public\n', mode: '0600', sensitive: true },
      { deaths: false, later: { path: `${folder}/file`, absent: true } },
    ),
    situation(
      'a new file below missing folders, and later another content and mode',
      ':',
      { path: `${folder}/a/b`, content: 'x', parents: true },
      { deaths: false, later: { path: `${folder}/a/b`, json: {}, mode: '0600', owner: 'daemon' } },
    ),
    situation('a new file', ':', { content: 'hello\n' }, { deaths: false }),
    situation(
      'a new file with owner and mode',
      ':',
      {
        content: 'hello\n',
        owner: 'daemon',
        group: 'adm',
        mode: '0640',
      },
      { deaths: false },
    ),
    situation('a new file below missing folders', ':', {
      path: `${folder}/a/b/c/file`,
      content: 'hello\n',
      parents: true,
    }),
    situation('other content, small', 'printf "old\\n" > file; chmod 604 file; chown 7:8 file', {
      content: 'new\n',
    }),
    situation('other content, empty', ': > file', { content: 'new\n' }, { deaths: false }),
    situation(
      'other content, without newline and not ASCII',
      'printf "\\303\\244 \\\\ \\"" > file',
      {
        content: 'ö\n',
      },
      { deaths: false },
    ),
    situation(
      'other content, too much for the history',
      `printf %s ${big} > file`,
      {
        content: 'new\n',
      },
      { deaths: false },
    ),
    situation(
      'other content, too much to be read',
      'head -c 70000 /dev/zero | tr "\\0" x > file',
      {
        content: 'new\n',
      },
      { deaths: false },
    ),
    situation('other content, private', 'echo secret > file; chmod 600 file', {
      content: 'new\n',
      mode: '0644',
    }),
    situation(
      'other content, binary',
      'printf "\\000\\377" > file',
      { content: 'new\n' },
      { deaths: false },
    ),
    situation(
      'other content, sensitive',
      'echo secret > file',
      {
        content: 'new secret\n',
        sensitive: true,
      },
      { deaths: false },
    ),
    situation(
      'a value as JSON',
      'echo "{}" > file',
      {
        json: { b: [1, { d: 1, c: null }], a: 'x' },
      },
      { deaths: false },
    ),
    situation('only another mode and owner', 'echo same > file; chmod 4750 file', {
      content: 'same\n',
      mode: '0644',
      owner: '7',
      group: '8',
    }),
    situation('a file to be removed', 'echo old > file; chmod 640 file; chown 7:8 file', {
      absent: true,
    }),
    situation('an empty folder to be removed', 'mkdir -m 750 file; chown 7:8 file', {
      absent: true,
    }),
    situation('a new folder', ':', { directory: true, mode: '2775', parents: true }),
    situation(
      'a folder with another mode',
      'mkdir -m 700 file; touch file/inner',
      {
        directory: true,
        mode: '0755',
        owner: 'daemon',
      },
      { deaths: false },
    ),
    situation('a file behind a symbolic link', 'echo old > real; ln -s real file', {
      content: 'new\n',
      follow: true,
    }),
    situation(
      'awkward names',
      'mkdir -- "-n \'a b\'"',
      {
        path: `${folder}/-n 'a b'/$(touch x)\n"é`,
        content: 'hello\n',
      },
      { deaths: false },
    ),
    situation(
      'what is as wanted',
      'echo same > file; chmod 640 file',
      { content: 'same\n', mode: '640', owner: 'root' },
      { finds: 'nothing' },
    ),
    situation('what is absent as wanted', ':', { absent: true }, { finds: 'nothing' }),
  ],
  bad: [
    { title: 'a relative path', input: { path: 'etc/x', content: '' } },
    { title: 'a path upwards', input: { path: '/etc/../x', content: '' } },
    { title: 'a path with . parts', input: { path: '/etc/./x', content: '' } },
    { title: 'an empty part', input: { path: '/etc//x', content: '' } },
    { title: 'a / at the end', input: { path: '/etc/', content: '' } },
    { title: 'the root itself', input: { path: '/', directory: true } },
    { title: 'a NUL', input: { path: '/etc/x\0y', content: '' } },
    { title: 'a name that is too long', input: { path: `/${'x'.repeat(256)}`, content: '' } },
    { title: 'neither content nor absent', input: { path: '/etc/x' } },
    { title: 'content and json', input: { path: '/etc/x', content: '', json: {} } },
    { title: 'content and absent', input: { path: '/etc/x', content: '', absent: true } },
    { title: 'an owner for nothing', input: { path: '/etc/x', absent: true, owner: 'root' } },
    { title: 'half a character', input: { path: '/etc/x', content: '\ud800' } },
    { title: 'more than 64 KiB', input: { path: '/etc/x', content: 'x'.repeat(65_537) } },
    { title: 'a mode as a number', input: { path: '/etc/x', content: '', mode: 420 } },
    { title: 'a mode that is not octal', input: { path: '/etc/x', content: '', mode: '0899' } },
    { title: 'an owner that is an option', input: { path: '/etc/x', content: '', owner: '-R' } },
    { title: 'an unknown field', input: { path: '/etc/x', contents: '' } },
  ],
});
