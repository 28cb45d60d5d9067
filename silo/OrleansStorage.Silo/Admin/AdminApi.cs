using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OrleansStorage.Abstractions.Buckets;
using OrleansStorage.Abstractions.Pools;
using OrleansStorage.Devices;
using OrleansStorage.Gateway.Objects;
using OrleansStorage.Gateway.Sweeping;
using OrleansStorage.Pools;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;
using OrleansStorage.Silo.Configuration;
using OrleansStorage.Silo.Metrics;
using OrleansStorage.Silo.Storage;

namespace OrleansStorage.Silo.Admin;

/// <summary>The admin port: <c>/v1/…</c> for operators, <c>/metrics</c> and <c>/health/…</c> for machines.</summary>
public sealed class AdminApi(
    PoolCatalog pools,
    PoolReport report,
    IGrainFactory grains,
    NodeStatus status,
    GrainObjectStore objects,
    Sweeper sweeper,
    PrometheusExporter metrics,
    AdminAuthentication authentication,
    CredentialsFile credentials)
{
    private const int BucketsPerAnswer = 1000;

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Json(new { status = "live" }));
        routes.MapGet("/health/ready", Ready);
        routes.MapGet("/metrics", () => Results.Text(metrics.Collect(), PrometheusExporter.ContentType));

        var v1 = routes.MapGroup("/v1").AddEndpointFilter(AuthenticateAsync);
        v1.MapGet("/status", () => Results.Json(status.Describe()));
        v1.MapGet("/pools", async (CancellationToken ct) => Results.Json(new { pools = await report.PoolsAsync(ct) }));
        v1.MapPut("/pools/{name}", CreatePoolAsync);
        v1.MapPost("/devices/{id:guid}/drain", (Guid id, bool? cancel, CancellationToken ct) => DrainAsync(id, cancel is not true, ct));
        v1.MapDelete("/devices/{id:guid}", RemoveDeviceAsync);
        v1.MapGet("/devices", async () => Results.Json(new { devices = await report.DevicesAsync() }));
        v1.MapGet("/buckets", ListBucketsAsync);
        v1.MapPut("/buckets/{name}", CreateBucketAsync);
        v1.MapDelete("/buckets/{name}", DeleteBucketAsync);
        v1.MapPost("/sweep", async (CancellationToken ct) => Results.Json(await sweeper.SweepAsync(ct)));
    }

    private IResult Ready() => status.IsReady
        ? Results.Json(new { status = "ready" })
        : Results.Json(new { status = "not ready", reason = status.Reason }, statusCode: 503);

    private async ValueTask<object?> AuthenticateAsync(
        EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (authentication.Admits(context.HttpContext.Request))
        {
            return await next(context);
        }

        context.HttpContext.Response.Headers.WWWAuthenticate = "Basic realm=\"OrleansStorage\"";
        return Error(StatusCodes.Status401Unauthorized, "AccessDenied", "Give the root user's access and secret key.");
    }

    private async Task<IResult> ListBucketsAsync(string? prefix, string? after, CancellationToken cancellationToken)
    {
        var found = await objects.ListBucketsAsync(
            ownerId: null, prefix ?? "", after ?? "", BucketsPerAnswer, cancellationToken);
        return Results.Json(new
        {
            buckets = found.Select(bucket => new { name = bucket.Name, ownerId = bucket.OwnerId, createdAt = bucket.CreatedAt }),
            isTruncated = found.Count == BucketsPerAnswer,
        });
    }

    private async Task<IResult> CreateBucketAsync(string name, string? pool, CancellationToken cancellationToken)
    {
        if (!BucketName.IsValid(name))
        {
            return Error(StatusCodes.Status400BadRequest, "InvalidBucketName", "The name breaks S3's rules.");
        }

        var settings = new BucketSettings(pool ?? BucketSettings.DefaultPool);
        if (pools.Find(settings.Pool) is null)
        {
            return Error(StatusCodes.Status404NotFound, "NoSuchPool", $"There is no pool '{settings.Pool}'.");
        }

        return await AnswerAsync(async () =>
        {
            var owner = CredentialsFile.CanonicalId(credentials.Root.Name);
            var bucket = await objects.CreateBucketAsync(name, owner, settings, cancellationToken);
            return Results.Json(
                new { name = bucket.Name, ownerId = bucket.OwnerId, createdAt = bucket.CreatedAt, pool = settings.Pool },
                statusCode: StatusCodes.Status201Created);
        });
    }

    private async Task<IResult> CreatePoolAsync(string name, string? protection, string? tier, string? faultDomain)
    {
        try
        {
            var pool = await pools.CreateAsync(
                name,
                PoolProtection.Parse(protection ?? ""),
                DeviceArgument.ParseTier(tier ?? nameof(DeviceTier.Ssd)),
                FaultDomains.Parse(faultDomain ?? "device"));
            return Results.Json(
                new { name, protection = pool.Row.Protection, tier = pool.Row.Tier, faultDomain = pool.Row.FaultDomain },
                statusCode: StatusCodes.Status201Created);
        }
        catch (Exception e) when (e is FormatException or UsageException)
        {
            return Error(StatusCodes.Status400BadRequest, "InvalidPool", e.Message);
        }
        catch (PoolRuleException e)
        {
            return Error(StatusCodes.Status409Conflict, e.Error, e.Message);
        }
    }

    /// <summary>Every pool that has the device on its list is asked.</summary>
    private async Task<IResult> DrainAsync(Guid id, bool isDraining, CancellationToken cancellationToken)
    {
        var known = 0;
        foreach (var pool in pools.Pools)
        {
            known += await grains.GetGrain<IPoolGrain>(pool.Row.Name).DrainAsync(id, isDraining, cancellationToken) ? 1 : 0;
        }

        return known > 0
            ? Results.Json(new { id, draining = isDraining })
            : Error(StatusCodes.Status404NotFound, "NoSuchDevice", $"No pool knows a device {id}.");
    }

    private async Task<IResult> RemoveDeviceAsync(Guid id, CancellationToken cancellationToken)
    {
        var outcomes = new HashSet<DeviceRemoval>();
        foreach (var pool in pools.Pools)
        {
            outcomes.Add(await grains.GetGrain<IPoolGrain>(pool.Row.Name).RemoveAsync(id, cancellationToken));
        }

        if (outcomes.Contains(DeviceRemoval.InUse))
        {
            return Error(StatusCodes.Status409Conflict, "DeviceInUse", "The device is in use: drain it first, and wait until it is empty.");
        }

        if (outcomes.Contains(DeviceRemoval.WouldLoseData))
        {
            return Error(StatusCodes.Status409Conflict, "WouldLoseData", "Too few other fragments of some blobs can be read.");
        }

        if (outcomes.Contains(DeviceRemoval.GivenUp))
        {
            return Results.Json(new { id, state = "given up; ask again when its fragments are made anew" }, statusCode: StatusCodes.Status202Accepted);
        }

        // A drained device has left its pools by itself.
        return await pools.ForgetDeviceAsync(id)
            ? Results.Json(new { id, state = "removed" })
            : Error(StatusCodes.Status404NotFound, "NoSuchDevice", $"There is no device {id}.");
    }

    private Task<IResult> DeleteBucketAsync(string name, CancellationToken cancellationToken) =>
        AnswerAsync(async () =>
        {
            await objects.DeleteBucketAsync(name, cancellationToken);
            return Results.NoContent();
        });

    private static async Task<IResult> AnswerAsync(Func<Task<IResult>> action)
    {
        try
        {
            return await action();
        }
        catch (ObjectStoreException e)
        {
            var code = e.Error switch
            {
                ObjectStoreError.NoSuchBucket => StatusCodes.Status404NotFound,
                ObjectStoreError.Unavailable => StatusCodes.Status503ServiceUnavailable,
                ObjectStoreError.StorageFull => StatusCodes.Status507InsufficientStorage,
                _ => StatusCodes.Status409Conflict,
            };
            return Error(code, e.Error.ToString(), e.Message);
        }
    }

    private static IResult Error(int statusCode, string error, string message) =>
        Results.Json(new { error, message }, statusCode: statusCode);
}
