import type { ProfileKind } from './profile.js';
import { PROFILE_TYPES, type ProfileType } from './profile-types.js';

/**
 * The page that lists what there is. It is plain HTML, and its forms need no script.
 *
 * @param maxSeconds - the longest profile
 * @param workers - numbers of the workers to choose from; null where there is one process only
 */
export function indexHtml(maxSeconds: number, workers: readonly number[] | null): string {
  const sections = [...PROFILE_TYPES].map(([kind, type]) => sectionHtml(kind, type, maxSeconds, workers));
  const workersHint =
    workers === null
      ? ''
      : `<p>Workers: ${workers.join(', ') || 'none'}. Without a number, the worker that gets the request answers.</p>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Profiling · payments-api</title>
</head>
<body>
<h1>Profiling</h1>
<p>One profile at a time in each process, of at most ${maxSeconds} seconds. DevTools opens with F12 in Chrome or Chromium.</p>
${workersHint}${sections.join('\n')}
</body>
</html>
`;
}

function sectionHtml(
  kind: ProfileKind,
  { title, about, howToOpen, defaultSeconds }: ProfileType,
  maxSeconds: number,
  workers: readonly number[] | null,
): string {
  const fields: string[] = [];
  if (defaultSeconds !== null) {
    const value = Math.min(defaultSeconds, maxSeconds);
    fields.push(
      `<label>seconds <input type="number" name="seconds" min="1" max="${maxSeconds}" value="${value}" required></label>`,
    );
  }
  if (workers !== null) {
    const choices = workers.map((worker) => `<option>${worker}</option>`).join('');
    fields.push(`<label>worker <select name="worker" required>${choices}</select></label>`);
  }
  return `<h2><a href="${kind}">${title}</a></h2>
<p>${about}</p>
<p>To open it: ${howToOpen}</p>
<form action="${kind}">${fields.join(' ')} <button>Take it</button></form>`;
}
