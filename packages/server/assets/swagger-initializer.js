/* Both versions take the same token: a change between them would forget it. */
const keepToken = () => ({
  statePlugins: {
    auth: {
      wrapActions: {
        restoreAuthorization: (restore) => (payload) =>
          Object.keys(payload.authorized ?? {}).length === 0 ? undefined : restore(payload),
      },
    },
  },
});

window.addEventListener('load', () => {
  window.ui = window.SwaggerUIBundle({
    urls: [
      { url: 'doc.json', name: 'v1' },
      { url: '../../v2/openapi.json', name: 'v2' },
    ],
    dom_id: '#swagger-ui',
    deepLinking: true,
    persistAuthorization: false,
    validatorUrl: null,
    presets: [window.SwaggerUIBundle.presets.apis, window.SwaggerUIStandalonePreset],
    plugins: [keepToken],
    layout: 'StandaloneLayout',
  });
});
