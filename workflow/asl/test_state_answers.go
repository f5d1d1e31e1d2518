package asl

import "strings"

// Names of integrations whose service's API goes by another name.
var answeringServices = map[string]string{
	"states": "sfn", "events": "eventbridge", "elasticmapreduce": "emr",
	"emr-containers": "emrcontainers", "emr-serverless": "emrserverless",
}

// polled says which operation of the service a .sync task asks for its end: the task's
// result is an answer of that operation.
var polled = map[string]string{
	"states:startExecution":                   "describeExecution",
	"athena:startQueryExecution":              "getQueryExecution",
	"batch:submitJob":                         "describeJobs",
	"bedrock:createModelCustomizationJob":     "getModelCustomizationJob",
	"codebuild:startBuild":                    "batchGetBuilds",
	"codebuild:startBuildBatch":               "batchGetBuildBatches",
	"databrew:startJobRun":                    "describeJobRun",
	"ecs:runTask":                             "describeTasks",
	"eks:createCluster":                       "describeCluster",
	"eks:createFargateProfile":                "describeFargateProfile",
	"eks:createNodegroup":                     "describeNodegroup",
	"eks:deleteCluster":                       "describeCluster",
	"eks:deleteFargateProfile":                "describeFargateProfile",
	"eks:deleteNodegroup":                     "describeNodegroup",
	"elasticmapreduce:addStep":                "describeStep",
	"elasticmapreduce:createCluster":          "describeCluster",
	"elasticmapreduce:terminateCluster":       "describeCluster",
	"emr-containers:createVirtualCluster":     "describeVirtualCluster",
	"emr-containers:deleteVirtualCluster":     "describeVirtualCluster",
	"emr-containers:startJobRun":              "describeJobRun",
	"emr-serverless:createApplication":        "getApplication",
	"emr-serverless:startApplication":         "getApplication",
	"emr-serverless:startJobRun":              "getJobRun",
	"emr-serverless:stopApplication":          "getApplication",
	"glue:startJobRun":                        "getJobRun",
	"mediaconvert:createJob":                  "getJob",
	"sagemaker:createHyperParameterTuningJob": "describeHyperParameterTuningJob",
	"sagemaker:createAutoMLJob":               "describeAutoMLJob",
	"sagemaker:createLabelingJob":             "describeLabelingJob",
	"sagemaker:createProcessingJob":           "describeProcessingJob",
	"sagemaker:createTrainingJob":             "describeTrainingJob",
	"sagemaker:createTransformJob":            "describeTransformJob",
}

// answering says which operation's answer the result of an integration is. The name is
// without prefix.
func answering(name string) (service, action string) {
	name = strings.TrimPrefix(name, "aws-sdk:")
	plain, sync := strings.CutSuffix(strings.TrimSuffix(name, ":2"), ".sync")
	service, action, _ = strings.Cut(plain, ":")
	if sync {
		if asked, known := polled[plain]; known {
			action = asked
		}
	}
	if service == "bedrock" && action == "invokeModel" {
		service = "bedrockruntime"
	}
	if other, known := answeringServices[service]; known {
		service = other
	}
	return service, action
}

// mocked accepts an integration whose work is mocked, whether it is offered or not.
func (c *compiler) mocked(b *taskBody, name string, state, p place) {
	if b.integration != nil {
		c.arguments(b.integration, state)
		return
	}
	name = strings.TrimSuffix(name, string(b.pattern))
	colon := strings.LastIndexByte(name, ':')
	if colon <= 0 || colon == len(name)-1 {
		c.at(p, CodeSchema, "Value is not a valid resource ARN")
		return
	}
	b.integration = &integration{service: name[:colon], action: name[colon+1:]}
}
