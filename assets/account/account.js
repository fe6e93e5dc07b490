/**
 * The pages that the links in e-mails lead to. Opening one changes nothing, since mail scanners open links too: a button sends
 * the token. It stands behind the # of the address, which no server sees, and is taken away from there at once.
 */

const heading = document.querySelector('h1');
const lead = document.querySelector('#lead');
const form = document.querySelector('#form');

const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
history.replaceState(null, '', location.pathname);

const password = {
  name: 'password',
  label: 'New password',
  type: 'password',
  autocomplete: 'new-password',
  required: true,
};

/** What each page shows, and what its button does. */
const pages = {
  'verify-email': {
    title: 'Confirm your e-mail address',
    lead: 'Press the button to confirm that this address is yours.',
    fields: [],
    action: 'Confirm address',
    submit: async () => {
      await post('/api/auth/verify-email', { token });
      show({ title: 'Thank you', lead: 'Your address is confirmed. You can sign in now.' });
    },
  },
  'reset-password': {
    title: 'Choose a new password',
    lead: 'Twelve characters or more. A few words that only you would put together are better than a short riddle.',
    fields: [password],
    action: 'Change password',
    submit: async (values) => {
      await post('/api/auth/reset-password', { token, password: values.password });
      show({
        title: 'Your password has been changed',
        lead: 'All your sessions have ended. Sign in with the new password.',
      });
    },
  },
  'magic-link': {
    title: 'Sign in',
    lead: 'Press the button to sign in on this device.',
    fields: [],
    action: 'Sign in',
    submit: signInByLink,
  },
  'accept-invitation': {
    title: 'Accept the invitation',
    lead: 'If you have no account yet, choose a name and a password. Otherwise leave both empty.',
    fields: [
      { name: 'name', label: 'Your name', type: 'text', autocomplete: 'name' },
      { ...password, label: 'Password', required: false },
    ],
    action: 'Accept',
    submit: async (values) => {
      const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
      await post('/api/auth/accept-invitation', { token, ...given });
      show({ title: 'Welcome', lead: 'You can sign in now.' });
    },
  },
};

async function signInByLink(values) {
  const outcome = await post('/api/auth/magic-link/verify', { token, ...values, tokenDelivery: 'cookie' }).catch(
    (error) => {
      if (error.code !== 'CONFIRMATION_CODE_REQUIRED') throw error;
      show({
        title: 'Enter the code',
        lead: 'You have opened the link in another browser than the one you asked from. Enter the six digits which that one shows.',
        fields: [
          {
            name: 'confirmationCode',
            label: 'Code',
            inputMode: 'numeric',
            autocomplete: 'one-time-code',
            required: true,
          },
        ],
        action: 'Sign in',
        submit: signInByLink,
      });
      return null;
    },
  );
  if (outcome !== null) greet(outcome);
}

function greet(outcome) {
  if (outcome.status === 'two_factor_required') {
    show({
      title: 'One more step',
      lead: 'Enter the code of your authenticator.',
      fields: [{ name: 'code', label: 'Code', inputMode: 'numeric', autocomplete: 'one-time-code', required: true }],
      action: 'Sign in',
      submit: async ({ code }) => {
        const { challengeToken } = outcome;
        greet(await post('/api/auth/2fa/verify', { challengeToken, code, tokenDelivery: 'cookie' }));
      },
    });
    return;
  }
  const restricted = outcome.status === 'two_factor_enrolment_required';
  show({
    title: `Hello ${outcome.user.name}`,
    lead: restricted ? 'You are signed in. Set up a second factor next: it is required here.' : 'You are signed in.',
  });
}

/** @throws Error with the code of the refusal, and words for people */
async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = response.status === 204 ? { data: null } : await response.json();
  if (response.ok) return answer.data;
  const reasons = Array.isArray(answer.error.details) ? answer.error.details.map(({ message }) => message) : [];
  throw Object.assign(new Error([answer.error.message, ...reasons].join(' ')), { code: answer.error.code });
}

function fieldOf({ label, ...attributes }) {
  const wrapper = document.createElement('label');
  wrapper.append(label, Object.assign(document.createElement('input'), attributes));
  return wrapper;
}

function show({ title, lead: words, fields = [], action, submit }) {
  document.title = title;
  heading.textContent = title;
  say(words);
  form.hidden = action === undefined;
  if (action === undefined) return;
  const button = Object.assign(document.createElement('button'), { textContent: action });
  form.replaceChildren(...fields.map(fieldOf), button);
  form.onsubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await submit(Object.fromEntries(new FormData(form)));
    } catch (error) {
      say(error.message, 'alarm');
    } finally {
      button.disabled = false;
    }
  };
  form.querySelector('input, button').focus();
}

function say(words, tone = '') {
  lead.textContent = words;
  lead.className = tone;
}

const page = pages[location.pathname.split('/').at(-1)];
if (page === undefined || token === '') {
  show({ title: 'This link is not whole', lead: 'Open it from the e-mail once more, or ask for a new one.' });
} else {
  show(page);
}
