window.addEventListener('load', () => {
  window.ui = window.SwaggerUIBundle({
    url: 'doc.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    validatorUrl: null,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
  });
});
