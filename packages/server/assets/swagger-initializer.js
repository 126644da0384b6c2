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
    layout: 'StandaloneLayout',
  });
});
