# One node. Microsoft.Orleans from NuGet; another release of it with --build-arg ORLEANS_VERSION=…
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG ORLEANS_VERSION=10.4.2
ENV OrleansEngine=Packages OrleansVersion=$ORLEANS_VERSION DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
WORKDIR /source
COPY . .
RUN dotnet publish silo/OrleansStorage.Silo -c Release -o /app/silo \
 && dotnet publish client/OrleansStorage.Cli -c Release -o /app/ostor

FROM mcr.microsoft.com/dotnet/aspnet:10.0
# The file system may be read-only: what is kept lies under /data, and /tmp may be a tmpfs.
ENV DOTNET_EnableDiagnostics=0
COPY --from=build /app /app
RUN install -d -o $APP_UID -g $APP_UID -m 0700 /data /devices/a /devices/b
USER $APP_UID
VOLUME /data
EXPOSE 9000 9090
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s \
  CMD ["dotnet", "/app/ostor/ostor.dll", "health", "--endpoint", "http://127.0.0.1:9090"]
ENTRYPOINT ["dotnet", "/app/silo/OrleansStorage.Silo.dll"]
CMD ["--data", "/data", "--listen", "0.0.0.0"]
