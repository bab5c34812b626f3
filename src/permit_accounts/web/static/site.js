/* What makes the pages more convenient; every page works without it. */
'use strict';

const announce = (text) => {
  document.getElementById('announcement').textContent = text;
};

/* A page that came back with problems begins with them (WCAG 2.2, 3.3.1). */
const focusProblems = () => {
  const summary = document.getElementById('error-summary');
  if (summary) summary.focus();
};

/* A password that one can read is typed with fewer mistakes; it is hidden again before it is sent. */
const addReveal = (input) => {
  const button = document.createElement('button');
  const verb = document.createTextNode('');
  const rest = document.createElement('span');
  const show = (shown) => {
    input.type = shown ? 'text' : 'password';
    verb.data = shown ? input.dataset.hide : input.dataset.show;
  };
  rest.className = 'visually-hidden';
  rest.textContent = ` ${input.dataset.secret}`;
  button.append(verb, rest);
  button.type = 'button';
  button.className = 'reveal';
  button.setAttribute('aria-controls', input.id);
  button.addEventListener('click', () => {
    const shown = input.type === 'password';
    show(shown);
    announce(shown ? input.dataset.shown : input.dataset.hidden);
  });
  if (input.form) input.form.addEventListener('submit', () => show(false));
  show(false);
  const row = document.createElement('span');
  row.className = 'password';
  input.replaceWith(row);
  row.append(input, button);
};

/* Fields that do not apply are out of sight and are not sent. A rule reads "name=value|value2;other=value". */
const holds = (rule, form) => {
  const given = new FormData(form);
  return rule.split(';').every((part) => {
    const [name, values] = part.trim().split('=');
    return values.split('|').some((value) => given.getAll(name).includes(value));
  });
};
const watchConditions = (form) => {
  const parts = form.querySelectorAll('[data-shown-when]');
  const update = () => {
    for (const part of parts) {
      part.hidden = !holds(part.dataset.shownWhen, form);
      for (const control of part.querySelectorAll('input, select, textarea, button')) {
        control.disabled = control.closest('[data-shown-when][hidden]') !== null;
      }
    }
  };
  if (!parts.length) return;
  form.addEventListener('change', update);
  update();
};

/* Whether insurance has to be given is a rule of the server's, which is asked anew with each answer that it depends on. */
const watchInsurance = (part) => {
  const form = part.closest('form');
  const names = ['license_classes', 'business_type', 'has_employees'];
  const update = async () => {
    const given = new FormData(form);
    if (!given.get('has_employees') || !given.get('license_classes')) return;
    const asked = new URLSearchParams(names.map((name) => [name, given.get(name) || '']));
    const answer = await fetch(`${part.dataset.insurance}?${asked}`).catch(() => null);
    if (!answer || !answer.ok) return;
    const { required } = await answer.json();
    part.hidden = !required;
    part.toggleAttribute('data-required', required);
    for (const control of part.querySelectorAll('input')) control.disabled = !required;
  };
  form.addEventListener('change', (event) => { if (names.includes(event.target.name)) update(); });
  update();
};

/* What the username is depends on the kind of account. */
const switchLabel = (select) => {
  const label = document.getElementById(select.dataset.switchesLabel);
  const update = () => {
    const chosen = select.selectedOptions[0];
    if (label && chosen) label.textContent = chosen.dataset.label;
  };
  select.addEventListener('change', update);
  update();
};

/* The second click of an impatient hand is not sent. The button is not disabled, since some browsers remember that
   after one has gone back, and the focus would be lost. A form that is answered by a file is left alone: its page
   stays. */
const guardSubmit = (form) => {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    if (event.defaultPrevented) return;
    form.dataset.sent = 'yes';
    if (event.submitter) event.submitter.setAttribute('aria-disabled', 'true');
  });
};
const releaseForms = () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll('[aria-disabled]')) button.removeAttribute('aria-disabled');
  }
};

/* A warning before the session ends, with one button to go on, as often as wanted (WCAG 2.2, 2.2.1); another where
   nothing puts the end off. How long it lasts is the server's to say, and tabs of one person tell each other. Asking
   puts it off: no form has to be sent, whose token may be an older session's. */
const watchIdle = (dialog) => {
  const { account, ask, warnSeconds, lastHeading, lastText, stayed, failed } = dialog.dataset;
  const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('permit-accounts-idle') : null;
  const part = (selector) => dialog.querySelector(selector);
  const [heading, text, clock, problem] = ['h2', '.why', '.clock', '.problem'].map(part);
  const [stay, close] = ['[data-stay]', '[data-close]'].map(part);
  const usual = { heading: heading.textContent, text: text.textContent };
  let endsAt = 0;
  let last = false;
  let told = false;

  const goOnUntil = (moment, isLast) => {
    told = told && last && isLast;
    [endsAt, last] = [moment, isLast];
    heading.textContent = last ? lastHeading : usual.heading;
    text.textContent = last ? lastText : usual.text;
    [stay.hidden, close.hidden, problem.hidden] = [last, !last, true];
    if (dialog.open && !told) dialog.close();
  };
  const begin = (secondsLeft, isLast) => {
    goOnUntil(Date.now() + secondsLeft * 1000, isLast);
    if (tabs) tabs.postMessage({ account, endsAt, last });
  };
  /* The page leads to where one signs in, and back. */
  const leave = () => {
    clearInterval(timer);
    window.location.assign(window.location.pathname + window.location.search);
  };
  const tick = () => {
    const left = Math.ceil((endsAt - Date.now()) / 1000);
    if (left < -1) { /* Surely over: asking before would put it off. */
      leave();
    } else if (left <= warnSeconds) {
      const shown = Math.max(left, 0);
      clock.textContent = `${Math.floor(shown / 60)}:${String(shown % 60).padStart(2, '0')}`;
      if (!dialog.open && !told) dialog.showModal();
      told = last;
    }
  };
  const askForMore = async () => {
    const answer = await fetch(ask).catch(() => null);
    const found = answer && answer.ok ? await answer.json().catch(() => null) : null;
    if (!found) { /* No network: the person is told, and may try again. */
      problem.textContent = failed;
      problem.hidden = false;
    } else if (!found.signed_in || found.account.id !== account) {
      leave();
    } else {
      begin(found.seconds_left, !found.can_be_extended);
      announce(stayed);
    }
  };

  const timer = setInterval(tick, 1000);
  begin(Number(dialog.dataset.seconds), 'last' in dialog.dataset);
  stay.addEventListener('click', askForMore);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('cancel', (event) => {
    if (last) return;
    event.preventDefault();
    askForMore();
  });
  if (tabs) {
    tabs.addEventListener('message', ({ data }) => {
      if (data.account === account) goOnUntil(data.endsAt, data.last);
    });
  }
};

for (const input of document.querySelectorAll('input[type=password][data-show]')) addReveal(input);
for (const select of document.querySelectorAll('select[data-switches-label]')) switchLabel(select);
for (const button of document.querySelectorAll('button[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}
for (const part of document.querySelectorAll('[data-insurance]')) watchInsurance(part);
const dialog = document.querySelector('dialog#idle');
if (dialog) watchIdle(dialog);
for (const form of document.forms) {
  watchConditions(form);
  if (form.method === 'post' && !('download' in form.dataset)) guardSubmit(form);
}
window.addEventListener('pageshow', releaseForms);
focusProblems();
